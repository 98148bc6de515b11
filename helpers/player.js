// Plays recorded frames of a boundary: moves the lines, fills the points on the wrong side.
(root, frames) => {
  const [button, slider, text] = ["button", "input", "output"].map(name => root.querySelector(name));
  const side = root.querySelector(".side"), lines = root.querySelectorAll(".line");
  const points = root.querySelectorAll(".points > *");
  let timer = 0;
  const show = () => {
    const frame = frames[slider.value], wrong = new Set(frame.wrong);
    side.setAttribute("points", frame.side);
    lines.forEach((line, i) => line.setAttribute("points", frame.lines[i]));
    points.forEach((point, i) => point.setAttribute("fill", wrong.has(i) ? "#d9600f" : "none"));
    text.textContent = frame.text;
    slider.setAttribute("aria-valuetext", frame.text);
  };
  const stop = () => {
    timer = clearInterval(timer);
    button.textContent = "Play";
    text.setAttribute("aria-live", "polite");
  };
  const next = () => {
    if (!root.isConnected) return stop();
    slider.value = +slider.value + 1;
    show();
    if (slider.value === slider.max) stop();
  };
  button.onclick = () => {
    if (timer) return stop();
    if (slider.value === slider.max) slider.value = 0;
    show();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    timer = setInterval(next, calm ? 1500 : 600);
    button.textContent = "Pause";
    text.setAttribute("aria-live", "off");  // a text every half second is too much to hear
  };
  slider.oninput = () => { stop(); show(); };
}
