// @ts-check
// The page: who owes what is on screen before anything else is loaded; sheets come when they are asked for.
import { html, useEffect, useState } from "../vendor/ui.js"
import { MessageLine, say } from "../shared/message.js"
import { percent } from "../shared/money.js"
import { Avatar, fullName, party } from "./people.js"
import { close, clock, door, due, inFlight, isOver, isStale, knocking, lang, lines, me, mine, moved, myPayment, myself, offer, open, page, price, sheet, status, tab, tipOn, view } from "./state.js"
import { Lines } from "./lines.js"
import { fill, minutes, w } from "./words.js"

/** Everything inside `#app`. */
export function App() {
  return html`
    <${Top} />
    <main class="bill" id="bill"><${Bill} /></main>
    <section class="foot" aria-label=${w.next}><${Health} /><${Bar} /></section>
    <${MessageLine} />
    <${SheetPlace} />`
}

function Top() {
  const session = view.value?.tableSession
  const own = me.value
  return html`<header class="top">
    <div class="top-row">
      <div class="grow"><h1>${fill(w.table, session?.table.label ?? page.table.label)}</h1><p class="soft small ellipsis">${page.restaurant.name}</p></div>
      <button type="button" class="button quiet icon" aria-label=${w.callWaiter} disabled=${!own || isOver.value} onClick=${() => open("help")}><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4" /></svg></button>
      <button type="button" class="button quiet icon" aria-label=${w.yourName} disabled=${!own} onClick=${() => open("me")}>${own ? html`<${Avatar} id=${own.id} />` : html`<span class="avatar away"></span>`}</button>
    </div>
    <${Sums} />
    <${Tabs} />
  </header>`
}

/** paid + being paid + left = total, at every moment. */
function Sums() {
  const totals = view.value?.totals
  const whole = totals ? Math.max(1, totals.unpaid + totals.reserved + totals.settled) : 1
  const paid = ((totals?.settled ?? 0) * 100) / whole
  const held = ((totals?.reserved ?? 0) * 100) / whole
  const sum = (/** @type {"unpaid" | "total" | "settled" | "reserved" | "credit"} */ name) => html`<span class="amount">${totals ? price(totals[name]) : w.dash}</span>`
  return html`<div class="sums">
    <p class="sums-left"><strong data-long=${totals !== undefined && price(totals.unpaid).length > 9}>${sum("unpaid")}</strong> <span>${w.left}</span></p>
    <p class="sums-total soft">${w.of} ${sum("total")}</p>
    <svg class="sums-bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="paid" width=${paid} height="1" /><rect class="held" x=${paid} width=${held} height="1" /></svg>
    <p class="sums-words small soft"><span data-kind="paid">${sum("settled")} ${w.paid}</span><span data-kind="held">${sum("reserved")} ${w.beingPaid}</span>${totals && totals.credit > 0 && html`<span>${sum("credit")} ${w.credit}</span>`}</p>
  </div>`
}

function Tabs() {
  const item = (/** @type {string} */ name, /** @type {string} */ label) => html`<button type="button" aria-current=${tab.value === name} onClick=${() => show(name)}>${label}</button>`
  return html`<nav class="tabs" aria-label=${w.views}>${item("bill", w.bill)}${item("menu", w.menu)}</nav>`
}

/** @param {string} name */
export function show(name) {
  tab.value = name
  scrollTo({ top: 0 })
}

/** What is wrong, when something is. */
function Health() {
  const { late, end } = status.value
  return (door.value || end !== null || isOver.value || knocking.value.length > 0 || moved.value || (late !== null && view.value)) && html`<${Lazy} from=${() => import("./health.js")} otherwise=${html`<div class="banner" role="status"><span>${w.noLine}</span></div>`} />`
}

function Bill() {
  return html`<div class="bill-main">
      ${view.value && html`<${People} />`}
      ${lines.value.length > 0 && html`<${HowSplit} />`}
      <${Lines} />
      ${lines.value.length === 0 && html`<button type="button" class="button primary tall wide" onClick=${() => show("menu")}>${w.seeMenu}</button>`}
    </div>
    <div class="bill-side"><${Sum} /><${Lazy} from=${() => import("./share.js")} />
      ${lines.value.length > 0 && html`<button type="button" class="button quiet wide" onClick=${() => open("history")}>${w.history}</button>`}
    </div>`
}

/** A browser leaves a person who is half in sight where they are. @param {FocusEvent} event */
const inSight = (event) => event.currentTarget instanceof Element && event.currentTarget.scrollIntoView({ block: "nearest", inline: "nearest" })

function People() {
  const everybody = party()
  return html`<section class="people" aria-label=${w.here}><ul>
    ${everybody.map(([id, guest]) => html`<${Person} key=${id} id=${id} guest=${guest} />`)}
    <li><button type="button" class="person" onFocus=${inSight} disabled=${!me.value || isOver.value} onClick=${() => open("friend")}><span class="avatar plus" aria-hidden="true">+</span><span class="person-name">${w.addFriend}</span><span class="person-due small soft"> </span></button></li>
  </ul></section>`
}

/** @param {{id: string, guest: import("./types.js").Guest}} props */
function Person({ id, guest }) {
  const paying = inFlight.value.find(([, payment]) => payment.guest === id)
  const paid = !guest.due && !guest.reserved && guest.settled > 0
  const left = paying?.[1].expiresAt ? ` ${minutes(Date.parse(paying[1].expiresAt) - clock.value)}` : ""
  const words = paying ? `${w.paying}${left}` : paid ? w.paidMark : guest.due ? price(guest.due) : w.dash
  return html`<li><button type="button" class="person" onFocus=${inSight} data-state=${paying ? "paying" : paid ? "paid" : ""} onClick=${() => open(mine.value.includes(id) ? "me" : "owes", { id })}>
    <${Avatar} id=${id} /><span class="person-name ellipsis">${id === me.value?.id ? w.You : fullName(id)}</span><span class="person-due amount small">${words}</span>
  </button></li>`
}

function HowSplit() {
  const split = view.value?.split
  if (!split) return null
  const idle = isOver.value || view.value?.totals.unpaid === 0
  return html`<div class="how row"><p class="grow">${w.modes[split.mode]}.${split.mode === "items" && !idle && html` <span class="soft">${w.tapYours}</span>`}</p>
    <button type="button" class="button quiet" hidden=${idle} disabled=${!me.value} onClick=${() => open("split")}>${w.change}</button></div>`
}

/** The foot of a bill: how the total comes about. */
function Sum() {
  const totals = view.value?.totals
  if (!totals || !lines.value.length) return null
  const inside = view.value?.tableSession.taxInclusive
  const service = view.value?.serviceCharge
  const subtotal = totals.total + totals.discount - totals.service - (inside ? 0 : totals.tax)
  const row = (/** @type {string} */ label, /** @type {string} */ sum) => html`<div><dt>${label}</dt><dd class="amount">${sum}</dd></div>`
  return html`<dl class="sum card">
    ${row(w.subtotal, price(subtotal))}
    ${totals.discount > 0 && row(w.discount, price(-totals.discount))}
    ${totals.service > 0 && row(service?.applies ? fill(w.serviceIs, percent(service.ppm, lang)) : w.service, price(totals.service))}
    ${!inside && totals.tax > 0 && row(w.tax, price(totals.tax))}
    <div class="sum-total"><dt>${w.total}${inside && totals.tax > 0 && html` <span class="soft small">${fill(w.includesTax, price(totals.tax))}</span>`}</dt><dd class="amount">${price(totals.total)}</dd></div>
    ${totals.open > 0 && view.value?.split.mode === "items" && html`<div><dt class="nudge"><button type="button" class="link" onClick=${() => open("owes")}>${fill(w.untaken, price(totals.open))}</button></dt><dd></dd></div>`}
  </dl>`
}

/** The bar at the foot of the screen: what paying now would take, to the cent. */
function Bar() {
  if (tab.value === "menu" && !door.value) return html`<${Lazy} from=${() => import("./cart.js")} />`
  const payment = myPayment.value
  const amount = offer.value.amount
  if (!myself.value || door.value || (!amount && !payment && !myself.value.settled) || (isOver.value && !myself.value.settled)) return html`<div class="bar" data-empty></div>`
  if (!payment && !due.value && myself.value.settled) return html`<${PaidBar} />`
  const extra = tipOn(amount)
  const charged = price(payment ? payment[1].amount + payment[1].tip : amount + extra)
  const label = payment ? (payment[1].method === "cash" ? fill(w.cashWaits, charged) : fill(w.goOn, charged)) : due.value ? fill(w.pay, charged) : fill(w.payAll, charged)
  return html`<div class="bar"><button type="button" class="button primary tall wide" disabled=${isStale.value} onClick=${() => open("pay", payment ? { payment: payment[0] } : {})}>
    <span>${label}${!payment && extra > 0 && html` <small>${fill(w.withTip, price(extra))}</small>`}</span></button></div>`
}

/** My part is paid: nothing to press but the receipt. */
function PaidBar() {
  const paid = Object.entries(view.value?.payments ?? {}).filter(([, one]) => one.guest === me.value?.id && one.status === "succeeded").at(-1)
  return html`<div class="bar"><div class="bar-paid row"><span class="tick" aria-hidden="true"><svg viewBox="0 0 24 24"><path d="M5 12.5l4.5 4.5L19 7.5" /></svg></span>
    <strong class="grow">${view.value?.totals.unpaid || view.value?.totals.reserved ? w.yourPart : w.allPaid}</strong>
    ${paid && html`<a class="button" href=${`/api/v1/payments/${paid[0]}/receipt.html`}>${w.receipt}</a>`}</div></div>`
}

function SheetPlace() {
  const wish = sheet.value
  const lost = () => {
    close()
    say({ text: w.noLine, kind: "bad" })
  }
  return wish && html`<${Lazy} key=${wish.name} from=${SHEETS[wish.name]} props=${{ ...wish.props, onclose: close }} onlost=${lost} />`
}

/** @type {Record<string, () => Promise<any>>} */
const SHEETS = {
  pay: () => import("./pay.js"),
  line: () => import("./line.js"),
  split: () => import("./split.js"),
  owes: () => import("./owes.js"),
  why: () => import("./why.js"),
  me: () => import("./me.js"),
  friend: () => import("./friend.js"),
  help: () => import("./help.js"),
  history: () => import("./history.js"),
  item: () => import("./item.js"),
  order: () => import("./order.js"),
  tab: () => import("./tab.js"),
  gift: () => import("./gift.js"),
}

/**
 * A part of the page that is fetched when it is first drawn, and again when the network is back; its module's default
 * export is the component.
 * @param {{from: () => Promise<any>, props?: any, otherwise?: any, onlost?: () => void}} what
 */
export function Lazy({ from, props, otherwise = null, onlost }) {
  const [Part, setPart] = useState(/** @type {any} */ (null))
  const [lost, setLost] = useState(false)
  useEffect(() => {
    const ask = () => void from().then((module) => setPart(() => module.default), () => onlost ? onlost() : setLost(true))
    ask()
    addEventListener("online", ask)
    return () => removeEventListener("online", ask)
  }, [])
  return Part ? html`<${Part} ...${props} />` : lost && otherwise
}
