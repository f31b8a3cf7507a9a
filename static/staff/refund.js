// @ts-check
// Money back to guests, from the bill: one payment whole or in part, a sum off everybody's, credits in one tap.
import { html, useEffect, useState } from "../vendor/ui.js"
import { Segmented, Sheet } from "../shared/sheet.js"
import { amountOf } from "../shared/typed.js"
import { read } from "./calls.js"
import { Wrong, keyed, useTry } from "./trying.js"
import { METHOD, sentence } from "./words.js"

/** @typedef {import("./visit.js").Doing} Doing */
/** @typedef {{amount: number, tipAmount: number, credit: number, surplus: number, lines: Record<string, number>}} Refundable */

const REASONS = ["Wrong dish", "Charged twice", "Guest unhappy", "Left early"]

/** What to say about refunds that were taken: who has to act next. @param {any[]} refunds @param {Doing} doing */
function outcome(refunds, doing) {
  if (refunds.some((one) => one.state === "asked")) return "A second person has to approve it, in the house under Refunds."
  const byHand = refunds.filter((one) => one.paymentMethod === "cash" && one.state === "succeeded").reduce((sum, one) => sum + one.amount + (one.tipAmount ?? 0) + (one.rounding ?? 0), 0)
  return byHand > 0 ? `Hand back ${doing.coins.format(byHand)} in cash.` : "The money is on its way back."
}

/** @param {{reason: string, onchange: (reason: string) => void}} props */
const Reason = ({ reason, onchange }) => html`<div class="field"><label for="reason">Reason</label>
  <input id="reason" maxlength="200" value=${reason} onInput=${(/** @type {any} */ event) => onchange(event.target.value)} />
  <div class="choices">${REASONS.map((one) => html`<button type="button" class="button" key=${one} aria-pressed=${reason === one} onClick=${() => onchange(one)}>${one}</button>`)}</div></div>`

/** Whether the table owes again what goes back. @param {{again: boolean, onchange: (again: boolean) => void}} props */
const OwedAgain = ({ again, onchange }) =>
  html`<${Segmented} name="again" label="What happens to the bill" value=${again ? "yes" : "no"} onchange=${(/** @type {string} */ value) => onchange(value === "yes")} options=${[{ value: "no", label: "Off the bill too" }, { value: "yes", label: "Owed again" }]} />
    <p class="soft small">${again ? "The table owes it again: somebody else pays it." : "The house bears it: it leaves the bill with the same reason."}</p>`

/** One payment: all of it, an amount, some items, or the tip. @param {{doing: Doing, subject: {id: string, payment: import("../shared/types.js").Payment}, onclose: () => void}} props */
export function RefundPayment({ doing, subject: { id, payment }, onclose }) {
  const { coins, view } = doing
  const [left, setLeft] = useState(/** @type {Refundable | null} */ (null))
  const [lost, setLost] = useState("")
  const [what, setWhat] = useState("all")
  const [typed, setTyped] = useState("")
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]))
  const [reason, setReason] = useState("")
  const [again, setAgain] = useState(false)
  const { busy, wrong, attempt } = useTry()
  const look = () => read(`payments/${id}`).then((state) => setLeft(state.refundable), (problem) => setLost(sentence(problem)))
  useEffect(() => void look(), [])
  const send = async (/** @type {any} */ body) => {
    const answer = await attempt(() => keyed(`refund:${id}`, `payments/${id}/refunds`, body))
    if (!answer) return look()
    doing.say(outcome(answer.refunds, doing))
    onclose()
  }
  const amount = amountOf(coins, typed)
  const parts = /** @type {Record<string, {sum: number, body: any}>} */ ({
    all: { sum: (left?.amount ?? 0) + (left?.tipAmount ?? 0), body: {} },
    amount: { sum: amount ?? 0, body: { amount } },
    lines: { sum: chosen.reduce((sum, line) => sum + (left?.lines[line] ?? 0), 0), body: { lines: chosen } },
    tip: { sum: left?.tipAmount ?? 0, body: { amount: 0, tip: left?.tipAmount } },
  })
  const { sum, body } = parts[what] ?? { sum: 0, body: {} }
  const tooMuch = what === "amount" && amount !== null && amount > (left?.amount ?? 0)
  const go = (/** @type {Event} */ event) => (event.preventDefault(), send({ ...body, reason: reason.trim(), owedAgain: what !== "tip" && again }))
  const options = [{ value: "all", label: "All" }, { value: "amount", label: "Amount" }, { value: "lines", label: "Items" }, ...(left?.tipAmount ? [{ value: "tip", label: "Tip" }] : [])]
  return html`<${Sheet} title=${`Refund: ${METHOD[payment.method]} ${coins.format(payment.amount + payment.tip + (payment.rounding ?? 0))}`} onclose=${onclose} kind="dialog">
    ${lost && html`<p class="error" role="alert">${lost}</p>`}
    ${!left && !lost && html`<p class="soft" role="status">Looking what can go back…</p>`}
    ${left && left.amount + left.tipAmount + left.surplus === 0 && html`<p>All of it has gone back, or is on its way.</p>`}
    ${left && left.surplus > 0 && html`<${AtOnce} text=${`${coins.format(left.surplus)} was paid too much.`} sum=${coins.format(left.surplus)} busy=${busy} run=${() => send({ surplus: true, reason: "paid too much" })} />`}
    ${left && left.credit > 0 && html`<${AtOnce} text=${`${coins.format(left.credit)} of it is a credit: the bill got cheaper after it was paid.`} sum=${coins.format(left.credit)} busy=${busy} run=${() => send({ credits: true, reason: "credit" })} />`}
    ${left && left.amount + left.tipAmount > 0 && html`<form class="stack" onSubmit=${go}>
      <${Segmented} name="what" label="What goes back" value=${what} onchange=${setWhat} options=${options} />
      ${what === "amount" && html`<div class="field"><label for="amount">Amount, at most ${coins.format(left.amount)}</label><input id="amount" inputmode="decimal" autocomplete="off" value=${typed} aria-invalid=${tooMuch || (typed !== "" && amount === null)} onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} /></div>`}
      ${what === "lines" && html`<div>${Object.entries(left.lines).filter(([, sum]) => sum > 0).map(([line, sum]) => html`<label class="check" key=${line}><input type="checkbox" checked=${chosen.includes(line)} onChange=${() => setChosen(chosen.includes(line) ? chosen.filter((one) => one !== line) : [...chosen, line])} /><span class="grow">${view.lines[line]?.name ?? "Item"}</span><span class="amount">${coins.format(sum)}</span></label>`)}</div>`}
      ${what !== "tip" && html`<${OwedAgain} again=${again} onchange=${setAgain} />`}
      <${Reason} reason=${reason} onchange=${setReason} />
      <${Wrong} text=${wrong} />
      <button type="submit" class="button primary tall" disabled=${busy || !reason.trim() || sum <= 0 || tooMuch}>Refund ${coins.format(sum)}</button>
    </form>`}
  <//>`
}

/** @param {{text: string, sum: string, busy: boolean, run: () => void}} props */
const AtOnce = ({ text, sum, busy, run }) => html`<div class="card stack"><p>${text}</p><button type="button" class="button primary" disabled=${busy} onClick=${run}>Give ${sum} back</button></div>`

/** A sum off everybody's payments, in proportion. @param {{doing: Doing, onclose: () => void}} props */
export function RefundTable({ doing, onclose }) {
  const { coins, view, session } = doing
  const [typed, setTyped] = useState("")
  const [reason, setReason] = useState("")
  const [again, setAgain] = useState(false)
  const { busy, wrong, attempt } = useTry()
  const amount = amountOf(coins, typed)
  const go = async (/** @type {Event} */ event) => {
    event.preventDefault()
    const answer = await attempt(() => keyed(`refund:${session}`, `table-sessions/${session}/refunds`, { amount, reason: reason.trim(), owedAgain: again }))
    if (!answer) return
    doing.say(outcome(answer.refunds, doing))
    onclose()
  }
  return html`<${Sheet} title="Refund the table" onclose=${onclose} kind="dialog"><form class="stack" onSubmit=${go}>
    <p>The sum goes back to everybody who paid, in proportion to what they paid. Tips stay.</p>
    <div class="field"><label for="amount">Amount, at most ${coins.format(view.totals.settled)}</label><input id="amount" inputmode="decimal" autocomplete="off" value=${typed} aria-invalid=${typed !== "" && !amount} onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} /></div>
    <${OwedAgain} again=${again} onchange=${setAgain} />
    <${Reason} reason=${reason} onchange=${setReason} />
    <${Wrong} text=${wrong} />
    <button type="submit" class="button primary tall" disabled=${busy || !amount || amount > view.totals.settled || !reason.trim()}>Refund ${coins.format(amount ?? 0)}</button>
  </form><//>`
}

/** What guests have paid and the bill does not ask for any more. @param {{doing: Doing}} props */
export function Credits({ doing }) {
  const { coins, view, session } = doing
  const { busy, wrong, attempt } = useTry()
  const { credit } = view.totals
  if (credit <= 0) return null
  const give = async () => {
    const answer = await attempt(() => keyed(`credits:${session}`, `table-sessions/${session}/refunds`, { credits: true, reason: "credit" }))
    if (answer) doing.say(outcome(answer.refunds, doing))
  }
  return html`<section class="card stack" aria-label="Credits"><p>Guests paid <strong class="amount">${coins.format(credit)}</strong> more than the bill asks for now.</p><${Wrong} text=${wrong} />
    <button type="button" class="button primary" disabled=${busy} onClick=${give}>Give ${coins.format(credit)} back</button></section>`
}
