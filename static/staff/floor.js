// @ts-check
// The floor: every table of the restaurant, live, and beside it the one that is being looked at.
import { html, render, signal, useEffect } from "../vendor/ui.js"
import { MessageLine } from "../shared/message.js"
import { Money } from "../shared/money.js"
import { Store } from "../shared/store.js"
import { ask, read, tell } from "./calls.js"
import { now, startClock } from "./clock.js"
import { Freshness, TopBar } from "./frame.js"
import { TileButton, byAttention, rank } from "./tiles.js"
import { Visit } from "./visit.js"

/** @typedef {import("./tiles.js").Tile} Tile */

const page = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("page")).textContent ?? "{}")
const coins = new Money(page.restaurant.currency, document.documentElement.lang)
const store = new Store({ app: "staff/1" })
const floor = store.open(`floor:${page.restaurant.id}`)
const POLL_MS = 10_000
const MINE = `splittable.mine.${page.restaurant.id}`

/** What the page came with, until the room answers; a poll keeps it fresh while there is no line. @type {{value: Record<string, Tile>}} */
const polled = signal(page.floor.tables)
/** @type {{value: string | null}} */
const open = signal(location.hash.slice(1) || null)
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

/** @param {string | null} id */
function show(id) {
  open.value = id
  history.replaceState(null, "", id ? `#${id}` : location.pathname)
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
  return html`<p class="floor-totals soft small">
    ${sessions.length} of ${Object.keys(tables).length} tables taken · ${coins.format(owed)} to come · ${calls ? html`<strong>${calls} need you</strong>` : "all calm"}
  </p>`
}

function Floor() {
  const tables = /** @type {Record<string, Tile>} */ (floor.view.value?.tables ?? polled.value)
  const shown = byAttention(tables).filter(([id]) => !onlyMine.value || mine.value.includes(id))
  const chosen = open.value && tables[open.value] ? open.value : null
  void now.value
  useEffect(() => {
    const timer = setInterval(poll, POLL_MS)
    return () => clearInterval(timer)
  }, [])
  return html`<${TopBar} page=${page} here="floor">
      <button type="button" class="button" aria-pressed=${onlyMine.value} onClick=${() => (onlyMine.value = !onlyMine.value)}>★ My tables</button>
    <//>
    <${Freshness} store=${store} />
    <main class="floor" data-open=${chosen ? "yes" : "no"}>
      <section class="floor-room" aria-label="Tables">
        <${Totals} tables=${tables} />
        ${shown.length === 0 && html`<p class="empty">No table is marked as yours yet. Open a table and mark it with ★.</p>`}
        <div class="tiles">
          ${shown.map(([id, tile]) => html`<${TileButton} key=${id} id=${id} tile=${tile} coins=${coins} chosen=${id === chosen} mine=${mine.value.includes(id)} onopen=${show} />`)}
        </div>
      </section>
      ${chosen
        ? html`<${Visit} key=${`${chosen} ${tables[chosen]?.session?.id ?? ""}`} table=${chosen} tile=${tables[chosen]} tables=${tables} store=${store} coins=${coins} page=${page}
            mine=${mine.value.includes(chosen)} onstar=${() => star(chosen)} onclose=${() => show(null)} onseat=${seat} onclean=${clean} />`
        : html`<aside class="visit idle" aria-label="Table"><p class="empty">Choose a table to see its bill.</p></aside>`}
    </main>
    <${MessageLine} />`
}

/** @param {string} table @param {number} covers */
const seat = (table, covers) => tell(ask("POST", "table-sessions", { tableId: table, covers }), "The table is open.")

/** @param {string} table */
const clean = (table) => tell(ask("PATCH", `tables/${table}`, { service: "free" }), "The table is free.")

startClock(() => store.live.ahead)
store.start()
addEventListener("hashchange", () => (open.value = location.hash.slice(1) || null))
const root = /** @type {HTMLElement} */ (document.getElementById("app"))
root.replaceChildren()
render(html`<${Floor} />`, root)
document.body.dataset.ready = "yes"
