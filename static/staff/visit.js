// @ts-check
// One table: what it owes, who pays, and everything that staff can do about it.
import { html, useEffect, useState } from "../vendor/ui.js"
import { Guests, Lines, Payments, Requests } from "./bill.js"
import { offerUndo, say } from "../shared/message.js"
import { command, tell } from "./calls.js"
import { now, since } from "./clock.js"
import { AddItems } from "./adding.js"
import { AdjustLine, CloseVisit, ConfirmTender, Covers, DiscountBill, MoveVisit, RemoveGuest, ServiceCharge, TakePayment } from "./dialogs.js"
import { Credits, RefundPayment, RefundTable } from "./refund.js"
import { EndTab, Groups, Tabs } from "./tabs.js"
import { SESSION, counted, span } from "./words.js"

/** @typedef {import("../shared/types.js").View} View */
/** @typedef {import("../shared/money.js").Money} Money */
/** @typedef {import("./tiles.js").Tile} Tile */
/** @typedef {{name: string, subject?: any}} Asking which dialog is open, and about what */
/** @typedef {{session: string, view: View, coins: Money, ask: (name: string, subject?: any) => void, run: (k: string, d: any, done?: string) => Promise<any>, say: (text: string) => void, manages: boolean, serves: boolean, now: () => number}} Doing */

/** @type {Record<string, any>} */
const DIALOGS = { add: AddItems, line: AdjustLine, discount: DiscountBill, service: ServiceCharge, covers: Covers, take: TakePayment, confirm: ConfirmTender, close: CloseVisit, move: MoveVisit, remove: RemoveGuest, refund: RefundPayment, refundTable: RefundTable, tab: EndTab }

/**
 * @param {{table: string, tile: Tile, tables: Record<string, Tile>, store: import("../shared/store.js").Store, coins: Money, page: any, mine: boolean,
 *   onstar: () => void, onclose: () => void, onseat: (table: string, covers: number) => Promise<any>, onclean: (table: string) => Promise<any>}} props
 */
export function Visit({ table, tile, tables, store, coins, page, mine, onstar, onclose, onseat, onclean }) {
  const id = tile.session?.id
  return html`<aside class="visit" aria-label=${`Table ${tile.label}`}>
    <header class="visit-head">
      <button type="button" class="button quiet icon visit-back" aria-label="Back to all tables" onClick=${onclose}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M15 5l-7 7 7 7" /></svg>
      </button>
      <h2 class="grow ellipsis">Table ${tile.label}</h2>
      <button type="button" class="button quiet icon" aria-pressed=${mine} aria-label="My table" onClick=${onstar}>★</button>
    </header>
    ${id
      ? html`<${Seated} key=${id} id=${id} table=${table} tables=${tables} store=${store} coins=${coins} page=${page} />`
      : html`<${Unseated} tile=${tile} onseat=${(/** @type {number} */ covers) => onseat(table, covers)} onclean=${() => onclean(table)} />`}
  </aside>`
}

/** @param {{tile: Tile, onseat: (covers: number) => void, onclean: () => void}} props */
function Unseated({ tile, onseat, onclean }) {
  const [covers, setCovers] = useState(Math.min(2, tile.seats || 2))
  if (tile.service === "to_clean")
    return html`<div class="visit-body stack"><p>The last party has left.</p><button type="button" class="button primary tall" onClick=${onclean}>Cleaned, free again</button></div>`
  return html`<form class="visit-body stack" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), onseat(covers))}>
    <p class="soft">Nobody sits here. The visit also opens by itself when somebody scans the code.</p>
    <label class="field"><span class="label">People</span>
      <input type="number" min="1" max="99" inputmode="numeric" value=${covers} onInput=${(/** @type {any} */ event) => setCovers(Number(event.target.value) || 1)} /></label>
    <button type="submit" class="button primary tall">Open the table</button>
  </form>`
}

/** @param {{id: string, table: string, tables: Record<string, Tile>, store: import("../shared/store.js").Store, coins: Money, page: any}} props */
function Seated({ id, table, tables, store, coins, page }) {
  const [room, setRoom] = useState(/** @type {import("../shared/store.js").Shown | null} */ (null))
  const [asking, setAsking] = useState(/** @type {Asking | null} */ (null))
  useEffect(() => {
    const name = `table:${id}`
    setRoom(store.open(name))
    return () => store.close(name)
  }, [id])
  void now.value
  const view = /** @type {View | undefined} */ (room?.view.value)
  if (room?.barred.value) return html`<p class="empty">This visit cannot be shown here.</p>`
  if (!view) return html`<p class="empty" role="status">Loading the bill…</p>`
  /** @type {Doing} */
  const doing = {
    session: id, view, coins, now: () => store.now,
    manages: page.staff.role === "owner" || page.staff.role === "manager",
    serves: page.staff.role !== "kitchen",
    say: (text) => say({ text, kind: "good" }),
    ask: (name, subject) => setAsking({ name, subject }),
    run: (k, d, done) => tell(command(id, k, d), done),
  }
  const Dialog = asking && DIALOGS[asking.name]
  return html`<${Bill} doing=${doing} />
    ${Dialog && html`<${Dialog} doing=${doing} subject=${asking.subject} table=${table} tables=${tables} page=${page} onclose=${() => setAsking(null)} />`}`
}

/** @param {{doing: Doing}} props */
function Bill({ doing }) {
  const { view, ask, run } = doing
  const { tableSession, totals } = view
  const over = tableSession.status === "closed" || tableSession.status === "abandoned"
  const owes = totals.unpaid > 0 || totals.reserved > 0
  return html`<div class="visit-body">
      <${Sums} doing=${doing} />
      <${Requests} doing=${doing} />
      ${doing.serves && html`<${Credits} doing=${doing} />`}
      <${Groups} doing=${doing} />
      <${Payments} doing=${doing} />
      <${Tabs} doing=${doing} />
      <${Lines} doing=${doing} />
      <${Guests} doing=${doing} />
      <${Totals} doing=${doing} />
      ${over && doing.serves && totals.settled > 0 && html`<section class="more" aria-label="More"><button type="button" class="button" onClick=${() => ask("refundTable")}>Refund the table</button></section>`}
      ${!over && html`<section class="more" aria-label="More">
        <button type="button" class="button" onClick=${() => ask("discount")}>Discount</button>
        <button type="button" class="button" onClick=${() => ask("service")}>Service charge</button>
        <button type="button" class="button" onClick=${() => ask("covers")}>People</button>
        <button type="button" class="button" onClick=${() => ask("move")}>Move table</button>
        ${doing.serves && totals.settled > 0 && html`<button type="button" class="button" onClick=${() => ask("refundTable")}>Refund the table</button>`}
        ${tableSession.status === "settled" && html`<button type="button" class="button" onClick=${() => run("session.reopen", {}, "The bill is open again.")}>Reopen</button>`}
        <button type="button" class="button danger" onClick=${() => (owes ? ask("close") : end(doing))}>End visit</button>
      </section>`}
    </div>
    <footer class="visit-foot">
      ${over
        ? html`<button type="button" class="button wide" onClick=${() => run("session.reopen", {}, "The visit goes on.")}>Reopen this visit</button>`
        : html`<button type="button" class="button tall" onClick=${() => ask("add")}>Add items</button>
          <button type="button" class="button primary tall" disabled=${totals.unpaid === 0} onClick=${() => ask("take")}>Take payment</button>`}
    </footer>`
}

/** A paid visit that was opened again is paid all the same, until something is ordered. @param {View} view */
const stateOf = ({ tableSession: { status }, totals }) => (status === "settling" && totals.unpaid === 0 && totals.reserved === 0 ? "settled" : status)

/** What is left, large; and how much of the whole that is. @param {{doing: Doing}} props */
function Sums({ doing: { view, coins } }) {
  const { tableSession, totals } = view
  const whole = Math.max(1, totals.unpaid + totals.reserved + totals.settled)
  const paid = (totals.settled * 100) / whole
  const held = (totals.reserved * 100) / whole
  const row = (/** @type {string} */ label, /** @type {number} */ sum, /** @type {string} */ name = "") => html`<div class=${name}><dt>${label}</dt><dd class="amount">${coins.format(sum)}</dd></div>`
  return html`<section aria-label="Figures">
    <p class="soft small">${SESSION[stateOf(view)]} · ${counted(tableSession.covers, "person", "people")} · ${span(since(tableSession.openedAt))}</p>
    <dl class="sums">
      ${row("Left", totals.unpaid, "left")}
      ${row("Total", totals.total)}${row("Paid", totals.settled)}
      ${totals.reserved > 0 && row("Being paid", totals.reserved)}
      ${totals.credit > 0 && row("Credit", totals.credit, "credit")}
      ${totals.tips > 0 && row("Tips", totals.tips)}
      ${totals.refunding > 0 && row("On its way back", totals.refunding)}
    </dl>
    <svg class="sums-bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="paid" width=${paid} height="1" /><rect class="held" x=${paid} width=${held} height="1" /></svg>
  </section>`
}

/** The visit is over; a slip of the finger can be taken back. @param {Doing} doing */
async function end({ session }) {
  if (!(await tell(command(session, "session.close", {})))) return
  offerUndo("The visit is over.", () => void tell(command(session, "session.reopen", {}), "The visit goes on."), "Reopen")
}

/** How the total comes about. @param {{doing: Doing}} props */
function Totals({ doing: { view, coins, run } }) {
  const { totals, discounts, serviceCharge } = view
  return html`<section aria-label="Sum">
    <dl class="breakdown">
      <div><dt>Subtotal</dt><dd class="amount">${coins.format(totals.subtotal)}</dd></div>
      ${totals.discount > 0 && html`<div><dt>Discounts</dt><dd class="amount">−${coins.format(totals.discount)}</dd></div>`}
      ${totals.service > 0 && html`<div><dt>Service${serviceCharge ? ` ${serviceCharge.ppm / 10_000} %` : ""}</dt><dd class="amount">${coins.format(totals.service)}</dd></div>`}
      ${Object.entries(totals.taxes).map(([ppm, amount]) => html`<div key=${ppm}><dt>Tax ${Number(ppm) / 10_000} %</dt><dd class="amount">${coins.format(amount)}</dd></div>`)}
      <div class="left"><dt>Total</dt><dd class="amount">${coins.format(totals.total)}</dd></div>
    </dl>
    ${Object.entries(discounts).map(([id, discount]) => html`<p class="row" key=${id}>
      <span class="grow">${discount.ppm ? `${discount.ppm / 10_000} % off` : `${coins.format(discount.amount ?? 0)} off`} · ${discount.reason}</span>
      <button type="button" class="button quiet" onClick=${() => run("discount.remove", { discount: id }, "The discount is gone.")}>Remove</button>
    </p>`)}
  </section>`
}
