// Two sliders that move a line over points: draws the line and its errors, computes the loss.
(root, data) => {
  const [w, b] = root.querySelectorAll("input"), text = root.querySelector("output");
  const line = root.querySelector(".run"), gaps = root.querySelector(".gaps");
  const px = x => data.px[0] + data.px[1] * x, py = y => data.py[0] + data.py[1] * y;
  let best = data.best;
  const show = () => {
    const model = x => +w.value * x + +b.value;
    const loss = data.x.reduce((sum, x, i) => sum + (model(x) - data.y[i]) ** 2, 0) / data.x.length;
    line.setAttribute("points", data.xlim.map(x => px(x) + "," + py(model(x))).join(" "));
    gaps.innerHTML = data.x.map((x, i) =>
      `<path d="M${px(x)} ${py(data.y[i])}V${py(model(x))}"/>`).join("");
    best = Math.min(best, loss);
    text.textContent = `w = ${(+w.value).toFixed(2)}, b = ${(+b.value).toFixed(1)}: ` +
      `loss ${loss.toFixed(2)} (your best so far: ${best.toFixed(2)})`;
    w.setAttribute("aria-valuetext", `${w.value}, loss ${loss.toFixed(2)}`);
    b.setAttribute("aria-valuetext", `${b.value}, loss ${loss.toFixed(2)}`);
  };
  w.oninput = b.oninput = show;
  show();
}
