// A slider that shows one recorded run at a time: moves the line, the dots and the text.
(root, frames) => {
  const input = root.querySelector("input"), line = root.querySelector(".run");
  const dots = root.querySelector(".dots"), text = root.querySelector("output");
  input.oninput = () => {
    const frame = frames[input.value];
    line.setAttribute("points", frame.points.join(" "));
    if (dots) dots.innerHTML = frame.points.map((p, i) =>
      `<circle cx="${p[0]}" cy="${p[1]}" r="${i ? 4 : 7}"/>`).join("");
    text.textContent = frame.text;
    input.setAttribute("aria-valuetext", frame.text);
  };
}
