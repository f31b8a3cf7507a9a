// @ts-check
// The floor: every table of the restaurant, live, and beside it the one that is being looked at.
import { html, render, signal, useEffect } from "../vendor/ui.js"
import { MessageLine } from "../shared/message.js"
import { Money } from "../shared/money.js"
import { Store } from "../shared/store.js"
import { ask, read, tell } from "./calls.js"
import { now, startClock } from "./clock.js"
import { Freshness, TopBar } from "./frame.js"
import { TileButton, byAttention, needs, rank } from "./tiles.js"
import { Visit } from "./visit.js"

/** @typedef {import("./tiles.js").Tile} Tile */

const page = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("page")).textContent ?? "{}")
const coins = new Money(page.restaurant.currency, document.documentElement.lang)
const store = new Store({ app: "staff/1" })
const floor = store.open(`floor:${page.restaurant.id}`)
const POLL_MS = 10_000
/** Where a table covers the floor instead of standing beside it. */
const NARROW = matchMedia("(max-width: 47.99rem)")
const MINE = `splittable.mine.${page.restaurant.id}`

/** What the page came with, until the room answers; a poll keeps it fresh while there is no line. @type {{value: Record<string, Tile>}} */
const polled = signal(page.floor.tables)
/** The address says what is open: a table, or the view for the wall. @type {{value: string}} */
const shown = signal(location.hash.slice(1))
const WALL = "wall"
const URGENT = 4
/** @type {{value: string[]}} */
const mine = signal(starred())
const onlyMine = signal(false)

/** @returns {string[]} */
function starred() {
  try {
    return JSON.parse(localStorage.getItem(MINE) ?? "[]")
  } catch {
    return []
  }
}

/** @param {string} id */
function star(id) {
  mine.value = mine.value.includes(id) ? mine.value.filter((one) => one !== id) : [...mine.value, id]
  try {
    localStorage.setItem(MINE, JSON.stringify(mine.value))
  } catch {
    // Without storage the choice lives as long as the page.
  }
}

/** Where the tiles stood before a table was opened over them. */
let before = 0

/** Open a table or the wall; the back gesture closes it again. @param {string} what */
function show(what) {
  if (what === shown.value) return
  if (shown.value === "") before = scrollY
  if (shown.value === "") history.pushState({ over: true }, "", `#${what}`)
  else history.replaceState(history.state, "", `#${what}`)
  shown.value = what
  if (NARROW.matches) scrollTo({ top: 0 })
}

/** Back to all tables. */
function back() {
  if (history.state?.over) history.back()
  else {
    history.replaceState(null, "", location.pathname)
    follow()
  }
}

/** What the address says is what is shown. */
function follow() {
  shown.value = location.hash.slice(1)
  if (shown.value === "" && NARROW.matches) requestAnimationFrame(() => scrollTo({ top: before }))
}

/** Without a line the page still lives: it asks every few seconds. */
async function poll() {
  if (store.status.value.state === "live" || document.visibilityState === "hidden") return
  try {
    polled.value = (await read("floor")).tables
  } catch {
    // The banner says that the page is stale; the next poll may do better.
  }
}

/** @param {{tables: Record<string, Tile>}} props */
function Totals({ tables }) {
  const sessions = Object.values(tables).flatMap((tile) => (tile.session ? [tile.session] : []))
  const owed = sessions.reduce((sum, session) => sum + session.unpaid + session.reserved, 0)
  const calls = Object.values(tables).filter((tile) => rank(tile) <= 3).length
  return html`<p class="floor-totals">
    <strong>${sessions.length}</strong> of ${Object.keys(tables).length} tables taken · <strong class="amount">${coins.format(owed)}</strong> to come · ${calls ? html`<strong class="urgent-word">${calls === 1 ? "1 needs" : `${calls} need`} you</strong>` : "all calm"}
  </p>`
}

/** The clock of the wall. */
const Time = () => html`<time class="wall-time">${new Intl.DateTimeFormat(document.documentElement.lang, { hour: "numeric", minute: "2-digit" }).format(now.value)}</time>`

/** Who should be looked after next, while no table is open. @param {{tables: [string, Tile][]}} props */
function NeedsYou({ tables }) {
  const waiting = tables.map(([id, tile]) => ({ id, tile, words: needs(tile, coins) })).filter(({ words }) => words.length > 0)
  return html`<aside class="visit idle" aria-label="What to do next">
    <div class="visit-body"><h2>${waiting.length ? "Next" : "All calm"}</h2>
      ${waiting.length === 0 && html`<p class="soft">Nobody waits for you. Choose a table to see its bill.</p>`}
      <ul class="list">${waiting.map(({ id, tile, words }) => html`<li key=${id}><button type="button" class="line" onClick=${() => show(id)}>
        <strong class="next-label" data-urgent=${rank(tile) < URGENT ? "yes" : null}>${tile.label}</strong><span class="grow">${words.map((each) => html`<span class="next-words" key=${each}>${each}</span>`)}</span></button></li>`)}</ul>
    </div></aside>`
}

/** Columns and rows in which all tables fit a wide screen. @param {number} count */
function grid(count) {
  const columns = Math.min(8, Math.max(2, Math.ceil(Math.sqrt(count * 1.3))))
  return { "--columns": columns, "--rows": Math.max(1, Math.ceil(count / columns)) }
}

function Floor() {
  const tables = /** @type {Record<string, Tile>} */ (floor.view.value?.tables ?? polled.value)
  const sorted = byAttention(tables).filter(([id]) => !onlyMine.value || mine.value.includes(id))
  const chosen = tables[shown.value] ? shown.value : null
  const isWall = shown.value === WALL
  void now.value
  useEffect(() => {
    const timer = setInterval(poll, POLL_MS)
    return () => clearInterval(timer)
  }, [])
  return html`<${TopBar} page=${page} here="floor">
      <button type="button" class="button" aria-label="My tables" aria-pressed=${onlyMine.value} onClick=${() => (onlyMine.value = !onlyMine.value)}>★<span class="top-word"> My tables</span></button>
      <button type="button" class="button wall-button" aria-pressed=${isWall} onClick=${() => (isWall ? back() : show(WALL))}>Wall view</button>
    <//>
    <${Freshness} store=${store} />
    <main class="floor" data-open=${chosen ? "yes" : "no"} data-wall=${isWall ? "yes" : null}>
      <section class="floor-room" aria-label="Tables">
        <div class="floor-head"><${Totals} tables=${tables} />${isWall && html`<${Time} />`}</div>
        ${sorted.length === 0 && html`<p class="empty">No table is marked as yours yet. Open a table and mark it with ★.</p>`}
        <div class="tiles" style=${grid(sorted.length)}>
          ${sorted.map(([id, tile]) => html`<${TileButton} key=${id} id=${id} tile=${tile} coins=${coins} chosen=${id === chosen} mine=${mine.value.includes(id)} onopen=${show} />`)}
        </div>
      </section>
      ${chosen
        ? html`<${Visit} key=${`${chosen} ${tables[chosen]?.session?.id ?? ""}`} table=${chosen} tile=${tables[chosen]} tables=${tables} store=${store} coins=${coins} page=${page}
            mine=${mine.value.includes(chosen)} onstar=${() => star(chosen)} onclose=${back} onseat=${seat} onclean=${clean} />`
        : !isWall && html`<${NeedsYou} tables=${sorted} />`}
    </main>
    <${MessageLine} />`
}

/** @param {string} table @param {number} covers */
const seat = (table, covers) => tell(ask("POST", "table-sessions", { tableId: table, covers }), "The table is open.")

/** @param {string} table */
const clean = (table) => tell(ask("PATCH", `tables/${table}`, { service: "free" }), "The table is free.")

startClock(() => store.live.ahead)
store.start()
addEventListener("popstate", follow)
const root = /** @type {HTMLElement} */ (document.getElementById("app"))
root.replaceChildren()
render(html`<${Floor} />`, root)
document.body.dataset.ready = "yes"
