// @ts-check
// The kitchen: what is to be made, oldest first, bumped on by a tap; and what has run out.
import { effect, html, render, signal, useEffect, useState } from "../vendor/ui.js"
import { MessageLine, offerUndo } from "../shared/message.js"
import { Sheet } from "../shared/sheet.js"
import { Store } from "../shared/store.js"
import { ask, command, read, tell } from "./calls.js"
import { now, since, startClock } from "./clock.js"
import { Freshness, TopBar } from "./frame.js"
import { span } from "./words.js"

/** @typedef {{id: string, tableSessionId: string, table: string, name: string, quantity: number, modifiers: string[], note: string, station: string, status: "placed" | "preparing" | "ready", at: string}} Ticket */

const page = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("page")).textContent ?? "{}")
const store = new Store({ app: "kitchen/1" })
const floor = store.open(`floor:${page.restaurant.id}`)
const POLL_MS = 10_000
const SOON_MS = 250
const LATE_MS = 15 * 60_000
const SLOW_MS = 8 * 60_000

const COLUMNS = /** @type {const} */ ([
  { status: "placed", title: "New", next: "preparing", act: "Start", all: "Start all", done: "started" },
  { status: "preparing", title: "Preparing", next: "ready", act: "Ready", all: "All ready", done: "ready" },
  { status: "ready", title: "Ready", next: "served", act: "Served", all: "All served", done: "served" },
])

/** @type {{value: Ticket[]}} */
const tickets = signal(page.kitchen.lines)
const station = signal("")
const choosing = signal(false)
/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon

async function load() {
  try {
    tickets.value = (await read("kitchen")).lines
  } catch {
    // The banner says that the page is stale; the next look may do better.
  }
}

/** Something moved on the floor: look again, once for a burst. */
function loadSoon() {
  soon ??= setTimeout(() => {
    soon = undefined
    load()
  }, SOON_MS)
}

/** Move dishes of one table on, and offer to take it back. @param {Ticket[]} dishes @param {typeof COLUMNS[number]} column */
async function bump(dishes, column) {
  const [first] = dishes
  if (!first) return
  const lines = dishes.map((dish) => dish.id)
  const moved = new Set(lines)
  tickets.value = tickets.value.flatMap((one) => (!moved.has(one.id) ? [one] : column.next === "served" ? [] : [{ ...one, status: column.next }]))
  const set = (/** @type {string} */ status) => tell(command(first.tableSessionId, "line.status", { lines, status }))
  if (!(await set(column.next))) return void load()
  const what = dishes.length === 1 ? first.name : `${dishes.length} dishes`
  offerUndo(`${what} for table ${first.table}: ${column.done}`, () => void set(column.status).then(load))
}

/** Dishes that were ordered together stand on one ticket. @param {Ticket[]} dishes @returns {Ticket[][]} */
function together(dishes) {
  /** @type {Map<string, Ticket[]>} */
  const orders = new Map()
  for (const dish of dishes) orders.set(`${dish.tableSessionId} ${dish.at}`, [...(orders.get(`${dish.tableSessionId} ${dish.at}`) ?? []), dish])
  return [...orders.values()]
}

/** @param {{dishes: Ticket[], column: typeof COLUMNS[number]}} props */
function TicketCard({ dishes, column }) {
  const [first] = dishes
  if (!first) return null
  const age = since(first.at)
  const pace = age > LATE_MS ? "late" : age > SLOW_MS ? "slow" : "fresh"
  return html`<li class="ticket" data-pace=${pace}>
    <p class="ticket-head"><strong>Table ${first.table}</strong><span>${span(age)}${pace === "late" ? " · late" : ""}</span></p>
    <ul class="ticket-dishes">${dishes.map((dish) => html`<li key=${dish.id}>${dishes.length === 1
      ? html`<${Dish} dish=${dish} />`
      : html`<button type="button" class="ticket-tap" onClick=${() => bump([dish], column)}><span class="visually-hidden">${column.act} </span><${Dish} dish=${dish} /><span class="ticket-mark" aria-hidden="true"><svg viewBox="0 0 24 24"><path d="M5 12.5l4.5 4.5L19 7.5" /></svg></span></button>`}</li>`)}</ul>
    <button type="button" class="button primary wide" onClick=${() => bump(dishes, column)}>${dishes.length > 1 ? column.all : column.act}<span class="visually-hidden"> ${dishes.length === 1 ? first.name : "dishes"} for table ${first.table}</span></button>
  </li>`
}

/** @param {{dish: Ticket}} props */
const Dish = ({ dish }) => html`<span class="ticket-dish"><span class="ticket-name">${dish.quantity > 1 ? html`<strong class="ticket-many">${dish.quantity} ×</strong> ` : ""}${dish.name}</span>
  ${dish.modifiers.length > 0 && html`<span class="ticket-more">${dish.modifiers.join(", ")}</span>`}
  ${dish.note && html`<span class="ticket-note">“${dish.note}”</span>`}</span>`

/** What has run out, for everybody's menu at once. @param {{onclose: () => void}} props */
function SoldOut({ onclose }) {
  const [menu, setMenu] = useState(/** @type {import("../shared/types.js").Menu | null} */ (null))
  const fetchMenu = () => tell(read(`menus/${page.restaurant.id}`)).then((found) => found && setMenu(found))
  useEffect(() => void fetchMenu(), [])
  /** @param {string} id @param {boolean} available */
  const set = async (id, available) => {
    await tell(ask("PATCH", `menu-items/${id}`, { available }))
    fetchMenu()
  }
  return html`<${Sheet} title="What has run out?" onclose=${onclose}>
    ${!menu && html`<p class="soft" role="status">Loading the menu…</p>`}
    ${menu?.categories.map((category) => html`<section key=${category.id} aria-label=${category.name}><h3>${category.name}</h3>
      <ul class="list">${category.items.map((item) => html`<li class="row" key=${item.id}>
        <span class="grow">${item.name}${item.left === undefined ? "" : html` <span class="soft small">${item.left} left</span>`}</span>
        <button type="button" class="button" aria-pressed=${!item.available} onClick=${() => set(item.id, !item.available)}>${item.available ? "Sold out" : "Back on"}<span class="visually-hidden"> ${item.name}</span></button></li>`)}</ul></section>`)}
  <//>`
}

function Kitchen() {
  void now.value
  const stations = [...new Set(tickets.value.map((ticket) => ticket.station).filter(Boolean))].sort()
  const shown = tickets.value.filter((ticket) => !station.value || ticket.station === station.value)
  useEffect(() => {
    const timer = setInterval(() => store.status.value.state !== "live" && document.visibilityState === "visible" && load(), POLL_MS)
    return () => clearInterval(timer)
  }, [])
  return html`<${TopBar} page=${page} here="kitchen">
      ${stations.length > 1 && html`<label class="station"><span class="visually-hidden">Station</span>
        <select value=${station.value} onChange=${(/** @type {any} */ event) => (station.value = event.target.value)}>
          <option value="">All stations</option>${stations.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}
        </select></label>`}
      <button type="button" class="button" onClick=${() => (choosing.value = true)}>Sold out…</button>
    <//>
    <${Freshness} store=${store} />
    <main class="kitchen">
      ${COLUMNS.map((column) => {
        const here = shown.filter((ticket) => ticket.status === column.status)
        return html`<section key=${column.status} class="column" aria-label=${column.title}>
          <h2 class="column-head">${column.title} <span class="column-count">${here.length}</span></h2>
          ${here.length === 0 && html`<p class="soft">Nothing here.</p>`}
          <ul class="tickets">${together(here).map((dishes) => html`<${TicketCard} key=${`${dishes[0]?.tableSessionId} ${dishes[0]?.at}`} dishes=${dishes} column=${column} />`)}</ul>
        </section>`
      })}
    </main>
    ${choosing.value && html`<${SoldOut} onclose=${() => (choosing.value = false)} />`}
    <${MessageLine} />`
}

// Also where the floor comes as a whole every few seconds, because there is no line.
effect(() => void (floor.view.value && loadSoon()))
startClock(() => store.live.ahead)
store.start()
const root = /** @type {HTMLElement} */ (document.getElementById("app"))
root.replaceChildren()
render(html`<${Kitchen} />`, root)
document.body.dataset.ready = "yes"
