"use strict";
// Keys for people who work through many hits: "/" to the search field, "j" and "k" through results and leads.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const links = [...document.querySelectorAll(".result h2 a, .list tbody td:first-child a")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "/") {
    const field = document.querySelector("input[type=search]");
    if (field) { event.preventDefault(); field.focus(); field.select(); }
  } else if (event.key === "j" && links.length) {
    links[Math.min(at + 1, links.length - 1)].focus();
  } else if (event.key === "k" && links.length) {
    links[Math.max(at - 1, 0)].focus();
  }
});
