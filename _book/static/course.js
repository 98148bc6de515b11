// Paper is white: a page that is read in the dark is printed in its light colours.
addEventListener("beforeprint", () => {
  const { dataset } = document.documentElement;
  const theme = dataset.theme;
  dataset.theme = "light";
  addEventListener("afterprint", () => { dataset.theme = theme; }, { once: true });
});

// A page in a folder may not save the file beside it: a browser would show the notebook as text.
// A script it may load, so there the notebook comes as one, which calls saveNotebook.
if (location.protocol === "file:") {
  addEventListener("click", event => {
    const link = event.target.closest(".course-buttons a[download]");
    if (!link) return;
    event.preventDefault();
    const script = document.createElement("script");
    script.src = link.href + ".js";
    document.head.append(script);
  });
  globalThis.saveNotebook = (name, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
    link.download = name;
    link.click();
  };
}
