// Sorting and filtering of tables without a request, the menu of a narrow screen, focus on errors, word of slow saves.
// Every page works without this file.
const order = (a, b) => {
  if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
  const x = Number(a), y = Number(b);
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
};
const value = (cell) => cell.dataset.sort ?? cell.textContent.trim().toLowerCase();

// What the address says of a table: NAME.sort is a column, with - before it when descending; NAME.q is the filter.
const remember = (name, key, text) => {
  const address = new URL(location.href);
  if (text) address.searchParams.set(`${name}.${key}`, text); else address.searchParams.delete(`${name}.${key}`);
  history.replaceState(null, "", address);
  const csv = document.querySelector(`[data-csv="${name}"]`);
  if (csv) { address.searchParams.set("csv", name); csv.href = address.search; }
};

for (const table of document.querySelectorAll("table[id]")) {
  const form = document.querySelector(`form[data-filter="${table.id}"]`);
  const count = document.querySelector(`[data-count="${table.id}"]`);
  const rows = [...table.tBodies[0].rows];
  const heads = [...table.tHead.rows[0].cells];
  const list = form?.querySelector("select");
  const input = form?.querySelector("input:not([type=hidden])");
  const served = heads.some((head) => head.hasAttribute("aria-sort"));
  let sorting = "";

  const say = () => {
    const left = rows.filter((row) => !row.hidden).length;
    const words = `${left}${left === rows.length ? "" : ` of ${rows.length}`} ${rows.length === 1 ? "row" : "rows"}`;
    const sorted = document.createElement("span");
    sorted.className = "nhsuk-u-visually-hidden";
    sorted.textContent = sorting;
    count?.replaceChildren(words, sorted);
    document.querySelector(`[data-none="${table.id}"]`)?.toggleAttribute("hidden", left > 0);
  };

  const sort = (key, down) => {
    const column = heads.findIndex((head) => head.querySelector("a")?.dataset.key === key);
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    if (column >= 0) heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
    sorting = column < 0 ? "" : `, sorted by ${heads[column].querySelector("a").textContent}, ${down ? "descending" : "ascending"}`;
    const arranged = column < 0 ? rows : [...rows].sort((p, q) => {
      const a = value(p.cells[column]), b = value(q.cells[column]);
      return a === "" || b === "" || !down ? order(a, b) : -order(a, b);
    });
    table.tBodies[0].append(...arranged);
    if (list) list.value = column < 0 ? "" : `${down ? "-" : ""}${key}`;
    remember(table.id, "sort", column < 0 ? "" : `${down ? "-" : ""}${key}`);
    if (column < 0 && served) location.reload(); // only the server knows how the rows were listed
    say();
  };

  if (table.hasAttribute("data-sortable")) {
    for (const head of heads) head.querySelector("a")?.addEventListener("click", (event) => {
      event.preventDefault();
      sort(event.currentTarget.dataset.key, head.getAttribute("aria-sort") === "ascending");
    });
    list?.addEventListener("change", () => sort(list.value.replace(/^-/, ""), list.value.startsWith("-")));
  }
  // A narrow screen begins with the first forty of a long list; looking for words looks through all of it.
  const whole = () => { table.classList.remove("op-table--part"); table.parentElement.querySelector(".op-more")?.remove(); };
  if (rows.length > 60 && !input?.value) {
    const more = document.createElement("button");
    more.type = "button";
    more.className = "op-button op-more";
    more.textContent = `Show all ${rows.length} rows`;
    more.addEventListener("click", () => { whole(); rows[40]?.querySelector("a")?.focus(); });
    table.classList.add("op-table--part");
    table.after(more);
  }
  if (form) {
    const filter = () => {
      const sought = input.value.trim().toLowerCase();
      if (sought) whole();
      for (const row of rows) row.hidden = sought !== "" && !row.textContent.toLowerCase().includes(sought);
      remember(table.id, "q", input.value.trim());
      say();
    };
    input?.addEventListener("input", filter);
    form.addEventListener("submit", (event) => { event.preventDefault(); if (input) filter(); });
  }
}

const menu = document.querySelector(".op-nav__open");
menu?.addEventListener("click", () => menu.setAttribute("aria-expanded", String(menu.getAttribute("aria-expanded") !== "true")));

const summary = document.querySelector(".nhsuk-error-summary");
if (summary) summary.focus();

// Once is enough; and whoever waits longer than two seconds is told that the work goes on.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    const waiting = setTimeout(() => {
      const said = document.createElement("div");
      said.className = "op-said op-waiting";
      said.setAttribute("role", "status");
      said.textContent = "Working on it. Stay on this page; it moves on by itself.";
      form.append(said);
    }, 1500);
    const again = () => { delete form.dataset.sent; clearTimeout(waiting); form.querySelector(".op-waiting")?.remove(); };
    addEventListener("pageshow", again, { once: true });
    setTimeout(again, 20000); // an answer that is no page, such as a file, leaves the form where it is
  });
}
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
for (const scroll of document.querySelectorAll(".op-scroll")) {
  if (scroll.scrollWidth > scroll.clientWidth) {
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", `${scroll.querySelector("caption")?.textContent || "Table"}, scrolls sideways`);
    scroll.classList.add("op-scroll--wide");
  }
}
