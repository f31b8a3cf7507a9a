// @ts-check
// Paying: the last look, the card form, and every way in which it can go on.
import { html, useEffect, useRef, useState } from "../vendor/ui.js"
import { CardForm } from "./card.js"
import { Panel, useCover } from "./panel.js"
import { begin, breakdown, busy, check, forget, goOn, keepAlive, keepChecking, letGo, problem, remember, seen, started } from "./paying.js"
import { TipRow, through } from "./share.js"
import { isStale, me, offer, page, price, tip, tipOn, view } from "./state.js"
import { nameOf, sorted } from "./people.js"
import { backWords } from "./back.js"
import { Waiting } from "./together.js"
import { all, fill, trouble, w } from "./words-more.js"
import { m } from "./words-money.js"

/** @typedef {import("./types.js").Pays} Pays */

/** @param {{onclose: () => void, pays?: Pays, amount?: number, method?: "card" | "cash", payment?: string}} props */
export default function Pay({ onclose, pays, amount, method = "card", payment }) {
  const wish = useRef({ pays: pays ?? offer.value.pays, amount: amount ?? offer.value.amount })
  const [asked, setAsked] = useState(pays === undefined)
  useCover(onclose)
  const start = (/** @type {"card" | "cash"} */ by) => {
    setAsked(true)
    begin({ ...wish.current, method: by, tip: tipOn(wish.current.amount) })
  }
  useEffect(() => {
    forget()
    if (payment) goOn(payment)
    else if (asked) start(method)
  }, [])
  const again = (/** @type {number} */ sum) => {
    wish.current = { ...wish.current, amount: sum }
    start(method)
  }
  const id = started.value?.id
  if (!asked) return html`<${Ask} amount=${wish.current.amount} who=${forWhom(wish.current.pays)} start=${start} onclose=${onclose} />`
  if (problem.value) return html`<${Trouble} again=${again} method=${method} amount=${wish.current.amount} start=${start} onclose=${onclose} />`
  if (!id || busy.value) return html`<${Panel} title=${w.paying2} onclose=${onclose} close=${w.close}><p role="status">${w.holding}</p><//>`
  return html`<${Under} key=${id} id=${id} onclose=${onclose} again=${() => start(method)} />`
}

/** For everything but one's own share: see the sum, choose a tip, choose how. @param {{amount: number, who: string, start: (by: "card" | "cash") => void, onclose: () => void}} props */
function Ask({ amount, who, start, onclose }) {
  const sum = amount + tipOn(amount)
  const foot = html`<button type="button" class="button primary tall wide" disabled=${isStale.value} onClick=${() => start("card")}>${fill(w.pay, price(sum))}</button>
    <button type="button" class="button wide" disabled=${isStale.value} onClick=${() => start("cash")}>${w.payCash}</button>`
  return html`<${Panel} title=${w.paying2} onclose=${onclose} close=${w.close} foot=${foot}>
    <p class="pay-sum amount">${price(sum)}</p>
    <p>${who}</p>
    <${TipRow} amount=${amount} />
  <//>`
}

/** @param {Pays} pays */
function forWhom(pays) {
  if (pays === "everything") return w.forAll
  if (pays === "open") return w.forOpen
  return typeof pays === "object" && "guests" in pays ? fill(w.forThem, all(sorted(pays.guests).map(nameOf))) : w.forFree
}

/** A payment under way, or at its end. @param {{id: string, onclose: () => void, again: () => void}} props */
function Under({ id, onclose, again }) {
  const payment = seen(id)
  const status = payment?.status ?? started.value?.status
  useEffect(() => keepAlive(id), [id])
  useEffect(() => {
    remember(id)
    return () => remember(null)
  }, [id])
  const doubt = started.value?.checking || status === "processing"
  useEffect(() => (doubt ? keepChecking(id) : undefined), [id, doubt])
  if (status === "authorized" && payment?.group) return html`<${Waiting} onclose=${onclose} />`
  if (status === "succeeded" || status === "authorized") return html`<${Done} id=${id} onclose=${onclose} />`
  if (status === "canceled" || status === "refused") return html`<${Ended} onclose=${onclose} again=${again} />`
  if (started.value?.paymentMethod === "cash" || payment?.method === "cash") return html`<${Cash} id=${id} onclose=${onclose} />`
  if (doubt) return html`<${Panel} title=${w.paying2} onclose=${onclose} close=${w.close}><p role="status">${status === "processing" ? w.processing : w.checking}</p><${Facts} id=${id} /><//>`
  return html`<${CardForm} id=${id} onclose=${onclose} />`
}

/** What is being paid, as it was quoted; later orders do not change it. @param {{id: string}} props */
export function Facts({ id }) {
  const facts = breakdown(id)
  const payment = seen(id)
  if (!facts || !payment) return null
  const inside = page.menu.taxInclusive
  const row = (/** @type {string} */ label, /** @type {number} */ sum) => html`<div><dt>${label}</dt><dd class="amount">${price(sum)}</dd></div>`
  const dishes = facts.amount - facts.service - (inside ? 0 : facts.tax)
  return html`<div class="facts"><details><summary>${w.whatFor}</summary><dl class="sum">${facts.lines.map((line, at) => html`<div key=${at}><dt>${line.name}</dt><dd class="amount">${price(line.amount)}</dd></div>`)}</dl></details>
    <dl class="sum">
      ${row(w.dishes, dishes)}
      ${facts.service > 0 && row(w.service, facts.service)}
      ${facts.tax > 0 && (inside ? html`<div class="soft small"><dt>${fill(w.includesTax, price(facts.tax))}</dt><dd></dd></div>` : row(w.tax, facts.tax))}
      ${payment.tip > 0 && row(w.tip, payment.tip)}
      ${payment.rounding ? row(w.cashRounding, payment.rounding) : null}
      <div class="sum-total"><dt>${w.total}</dt><dd class="amount">${price(facts.amount + payment.tip + (payment.rounding ?? 0))}</dd></div>
    </dl></div>`
}

/** @param {{id: string, onclose: () => void}} props */
function Cash({ id, onclose }) {
  const [wrong, setWrong] = useState("")
  const payment = seen(id)
  const sum = payment ? payment.amount + payment.tip + (payment.rounding ?? 0) : (started.value?.amount ?? 0) + (started.value?.tipAmount ?? 0)
  const cancel = async () => {
    const why = await letGo(id)
    if (why) setWrong(trouble(why))
    else onclose()
  }
  const foot = html`<button type="button" class="button wide" onClick=${cancel}>${w.notCash}</button>`
  return html`<${Panel} title=${w.payCash} onclose=${onclose} close=${w.close} foot=${foot}>
    <p class="pay-sum amount">${price(sum)}</p><p>${w.cashMore}</p>
    ${wrong && html`<p class="error" role="alert">${wrong}</p>`}
    <${Facts} id=${id} /><//>`
}

/** @param {{id: string, onclose: () => void}} props */
function Done({ id, onclose }) {
  const payment = seen(id)
  const totals = view.value?.totals
  const sum = payment ? payment.amount + payment.tip + (payment.rounding ?? 0) : (started.value?.amount ?? 0) + (started.value?.tipAmount ?? 0)
  const foot = html`<a class="button wide" href=${started.value?.receiptUrl ?? `/api/v1/payments/${id}/receipt.html`}>${w.receipt}</a><button type="button" class="button primary tall wide" onClick=${onclose}>${w.done}</button>`
  useEffect(() => {
    tip.value = null
    check(id)
  }, [])
  return html`<${Panel} title=${w.paidTitle} onclose=${onclose} close=${w.close} foot=${foot}>
    <div class="paid" role="status"><span class="tick big" aria-hidden="true"><svg viewBox="0 0 24 24"><path d="M5 12.5l4.5 4.5L19 7.5" /></svg></span>
      <p class="pay-sum amount">${price(sum)}</p>
      <p>${totals && totals.unpaid + totals.reserved === 0 ? w.allPaidMore : fill(w.tableLeft, price(totals?.unpaid ?? 0), through())}</p>
      ${backWords().map((one) => html`<p key=${one}>${one}</p>`)}
    </div><${Facts} id=${id} /><//>`
}

/** @param {{onclose: () => void, again: () => void}} props */
function Ended({ onclose, again }) {
  const foot = html`<button type="button" class="button primary tall wide" onClick=${again}>${w.tryAgain}</button><button type="button" class="button wide" onClick=${onclose}>${w.back}</button>`
  return html`<${Panel} title=${w.endedTitle} onclose=${onclose} close=${w.close} foot=${foot}><p role="status">${w.endedMore}</p><//>`
}

/**
 * It did not start: why, and what works.
 * @param {{again: (amount: number) => void, method: string, amount: number, start: (by: "card" | "cash") => void, onclose: () => void}} props
 */
function Trouble({ again, method, amount, start, onclose }) {
  const why = problem.value
  const now = why?.figures.amount
  const retry = () => start(/** @type {"card"} */ (method))
  const by = why?.code ?? ""
  const cash = () => html`<button type="button" class="button primary tall wide" onClick=${() => start("cash")}>${w.payCash}</button>`
  // The table's request goes away when somebody has decided; then the same wish is sent again by itself.
  const waits = by === "needs_approval" && Object.values(view.value?.requests ?? {}).some((one) => one.kind === "review" && one.by === me.value?.id)
  const waited = useRef(false)
  useEffect(() => {
    if (waits) waited.current = true
    else if (waited.current) retry()
  }, [waits])
  const ways = {
    amount_changed: () => html`<p>${fill(w.amountWas, price(amount), price(now))}</p>`,
    needs_approval: () => html`<p><strong>${m.needsApproval}.</strong> ${m.needsApprovalMore}</p>`,
    payment_blocked: () => html`<p>${m.blocked}</p>`,
    provider_unavailable: () => html`<p>${m.providerAway}</p>`,
    below_minimum: () => html`<p>${fill(w.tooSmall, price(why?.figures.minimum ?? 0))}</p>`,
  }[by]
  const foot = {
    amount_changed: () => now > 0 && html`<button type="button" class="button primary tall wide" onClick=${() => again(now)}>${fill(w.pay, price(now + tipOn(now)))}</button>`,
    below_minimum: cash,
    payment_blocked: cash,
    needs_approval: () => html`<button type="button" class="button primary tall wide" disabled=${waits} onClick=${retry}>${w.tryAgain}</button><button type="button" class="button wide" onClick=${() => start("cash")}>${w.payCash}</button>`,
    provider_unavailable: () => html`${cash()}<button type="button" class="button wide" disabled=${busy.value} onClick=${retry}>${w.tryAgain}</button>`,
    already_paid: () => null,
    nothing_to_pay: () => null,
  }[by] ?? (() => html`<button type="button" class="button primary tall wide" disabled=${busy.value} onClick=${retry}>${w.tryAgain}</button>`)
  return html`<${Panel} title=${by === "amount_changed" ? w.changedTitle : w.notStarted} onclose=${onclose} close=${w.close} foot=${html`${foot()}<button type="button" class="button wide" onClick=${onclose}>${w.back}</button>`}>
    <div role="alert">${ways ? ways() : html`<p>${why ? trouble(why) : ""}</p>`}</div><p class="soft">${w.nothingCharged}</p><//>`
}
