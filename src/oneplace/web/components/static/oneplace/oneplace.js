// Sorting and filtering of tables without a request, focus on errors. Every page works without this file.
const order = (a, b) => {
  if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
  const x = Number(a), y = Number(b);
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
};

const value = (cell) => cell.dataset.sort ?? cell.textContent.trim().toLowerCase();

for (const table of document.querySelectorAll("table[data-sortable]")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const link = head.querySelector("a");
    if (!link) return;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((h) => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      rows.sort((p, q) => {
        const a = value(p.cells[column]), b = value(q.cells[column]);
        return a === "" || b === "" || !down ? order(a, b) : -order(a, b);
      });
      table.tBodies[0].append(...rows);
    });
  });
}

for (const form of document.querySelectorAll("form[data-filter]")) {
  const table = document.getElementById(form.dataset.filter);
  const count = document.querySelector(`[data-count="${form.dataset.filter}"]`);
  const input = form.querySelector("input:not([type=hidden])");
  if (!table || !input || input.value) continue;
  const rows = [...table.tBodies[0].rows];
  const filter = () => {
    const sought = input.value.trim().toLowerCase();
    let left = 0;
    for (const row of rows) {
      row.hidden = sought !== "" && !row.textContent.toLowerCase().includes(sought);
      if (!row.hidden) left += 1;
    }
    count.textContent = left === rows.length ? `${left} rows` : `${left} of ${rows.length} rows`;
  };
  input.addEventListener("input", filter);
  form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
}

const summary = document.querySelector(".nhsuk-error-summary");
if (summary) summary.focus();

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 2000);
  });
}
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
for (const scroll of document.querySelectorAll(".op-scroll")) {
  if (scroll.scrollWidth > scroll.clientWidth) { scroll.tabIndex = 0; scroll.setAttribute("role", "region"); scroll.setAttribute("aria-label", scroll.querySelector("caption")?.textContent || "Table"); }
}
