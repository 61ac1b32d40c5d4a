// Follows the ledger: asks for the page again and again and changes the sections that changed.
// It makes no HTML and builds none from texts: what it puts in was escaped where it was made.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const words = $("words").dataset;
  const content = $("content");
  const TOKEN = "jindiao-token";
  let skip = 0;
  let timer = 0;
  let asking = false;

  // The token comes behind the #, which is never sent, and does not stay in the address.
  const given = location.hash.slice(1);
  if (/^[0-9a-f]{64}$/.test(given)) {
    sessionStorage.setItem(TOKEN, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  const bearer = () => ({ Authorization: "Bearer " + (sessionStorage.getItem(TOKEN) || "") });

  function state(kind, text) {
    const line = $("state");
    if (line.textContent !== text) line.textContent = text;
    line.className = "state " + kind;
  }

  function say(text, good) {
    const line = $("said");
    line.textContent = text;
    line.classList.toggle("good", good === true);
    line.hidden = text === "";
  }

  // Whether the user is in the middle of something there.
  function busy(section) {
    const at = document.activeElement;
    if (at && section.contains(at) && at.matches("input")) return true;
    return [...section.querySelectorAll("input")].some((it) => it.value !== "");
  }

  function show(html, force) {
    const fresh = new DOMParser().parseFromString(html, "text/html").body;
    const wanted = [...fresh.children];
    const ids = new Set(wanted.map((it) => it.id));
    for (const old of [...content.children]) {
      if (!ids.has(old.id)) old.remove();
    }
    let before = null;
    for (const section of wanted) {
      const old = $(section.id);
      const open = old ? [...old.querySelectorAll("details[open]")].map((it) => it.id) : [];
      const plain = section.outerHTML;
      if (!old) {
        section.plain = plain;
        content.insertBefore(section, before ? before.nextSibling : content.firstChild);
        before = section;
      } else if (old.plain === plain || (!force && busy(old))) {
        before = old;
      } else {
        const at = document.activeElement;
        const focus = at && old.contains(at) ? key(at) : null;
        section.plain = plain;
        old.replaceWith(section);
        before = section;
        for (const id of open) if ($(id)) $(id).open = true;
        if (focus) section.querySelector(focus)?.focus({ preventScroll: true });
      }
    }
    content.removeAttribute("aria-busy");
  }

  // How what has the focus is found again.
  function key(at) {
    if (at.dataset.order) return `[data-order="${at.dataset.order}"][data-verdict="${at.dataset.verdict}"]`;
    if (at.localName === "summary" && at.parentElement.id) return `#${at.parentElement.id} > summary`;
    return at.id ? `#${at.id}` : null;
  }

  async function ask(force) {
    if (asking && !force) return;
    asking = true;
    clearTimeout(timer);
    let next = 3000;
    try {
      const query = new URLSearchParams(location.search);
      query.set("lang", document.documentElement.lang);
      query.set("skip", skip);
      const reply = await fetch("view?" + query, { headers: bearer(), cache: "no-store" });
      if (reply.status === 401) {
        state("lost", "");
        say(words.token);
        next = 0;
      } else if (!reply.ok) {
        state("lost", words.broken);
        say((await reply.text()).trim());
      } else {
        const live = reply.headers.get("jindiao-state") === "live";
        show(await reply.text(), force);
        if ($("state").classList.contains("lost")) say("");
        state(live ? "live" : "", live ? words.live : words.quiet);
        if (live) next = 1000;
      }
    } catch {
      state("lost", words.lost);
    }
    asking = false;
    // Nobody looks: nothing is asked.
    if (next > 0 && !document.hidden) timer = setTimeout(ask, next);
  }

  async function settle(order, verdict, reference) {
    const reply = await fetch("settle", {
      method: "POST",
      headers: { ...bearer(), "Content-Type": "application/json" },
      body: JSON.stringify({ order, verdict, reference }),
    });
    const kind = reply.headers.get("content-type") || "";
    const told = kind.includes("json") ? await reply.json() : { result: "", reason: await reply.text() };
    if (told.result === "settled") say(words.settled, true);
    else if (told.result === "in_use") say(`${words.busy} (${words.by} ${told.holder})`);
    else say(`${words.not} ${told.reason}`);
    scrollTo({ top: 0 });
    if (told.result === "settled") await ask(true);
  }

  function sure(button) {
    const { order, verdict, means } = button.dataset;
    const field = verdict === "placed" ? $("reference-" + order) : null;
    if (field && field.value.trim() === "") {
      field.focus();
      return;
    }
    $("sure-what").textContent = button.textContent;
    $("sure-means").textContent = means;
    const box = $("sure");
    $("sure-yes").onclick = async () => {
      $("sure-yes").disabled = true;
      try {
        await settle(order, verdict, field ? field.value.trim() : "");
      } catch {
        state("lost", words.lost);
      }
      $("sure-yes").disabled = false;
      box.close();
    };
    $("sure-no").onclick = () => box.close();
    box.showModal();
    $("sure-no").focus();
  }

  content.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.verdict) sure(button);
    if (button.dataset.skip) {
      skip = Number(button.dataset.skip);
      ask(true);
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
  addEventListener("hashchange", () => location.reload());
  ask();
})();
