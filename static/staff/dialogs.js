// @ts-check
// What staff are asked before something happens to a bill: short, in words, one button that says what it does.
import { html, useState } from "../vendor/ui.js"
import { keyOf, settle } from "../shared/api.js"
import { Segmented, Sheet, Stepper } from "../shared/sheet.js"
import { amountOf } from "../shared/typed.js"
import { ask, tell } from "./calls.js"
import { METHOD } from "./words.js"

/** @typedef {import("./visit.js").Doing} Doing */
/** @typedef {{doing: Doing, subject: any, table: string, tables: Record<string, import("./tiles.js").Tile>, page: any, onclose: () => void}} Props */

const REASONS = ["Wrong order", "Kitchen too slow", "Guest unhappy", "Regular guest"]

/** A reason in one tap, or in own words. @param {{value: string, onchange: (value: string) => void}} props */
function Reason({ value, onchange }) {
  return html`<div class="field">
    <label for="reason">Reason</label>
    <input id="reason" maxlength="200" value=${value} onInput=${(/** @type {any} */ event) => onchange(event.target.value)} />
    <div class="choices">${REASONS.map((reason) => html`<button type="button" class="button" key=${reason} aria-pressed=${value === reason} onClick=${() => onchange(reason)}>${reason}</button>`)}</div>
  </div>`
}

/** @param {{doing: Doing, label: string, value: string, onchange: (value: string) => void, hint?: string}} props */
function AmountField({ doing, label, value, onchange, hint }) {
  const wrong = value !== "" && amountOf(doing.coins, value) === null
  return html`<div class="field">
    <label for="amount">${label}</label>
    <input id="amount" inputmode="decimal" autocomplete="off" value=${value} aria-invalid=${wrong} onInput=${(/** @type {any} */ event) => onchange(event.target.value)} />
    ${wrong ? html`<p class="error">This is not an amount.</p>` : hint && html`<p class="hint">${hint}</p>`}
  </div>`
}

/** "10" or "12,5" percent in parts per million, without a float; null when it is none. @param {string} text */
export function percentOf(text) {
  const match = /^(\d{1,3})(?:[.,](\d{1,4}))?\s*%?$/.exec(text.trim())
  if (!match) return null
  const ppm = Number(match[1]) * 10_000 + Number((match[2] ?? "").padEnd(4, "0"))
  return ppm > 0 && ppm <= 1_000_000 ? ppm : null
}

/** A percent or an amount, for one line or the bill. @param {{doing: Doing, kind: string, typed: string, setKind: (kind: string) => void, setTyped: (typed: string) => void}} props */
function Off({ doing, kind, typed, setKind, setTyped }) {
  const wrong = kind === "percent" && typed !== "" && percentOf(typed) === null
  return html`<${Segmented} name="kind" label="How much" value=${kind} options=${[{ value: "percent", label: "Percent" }, { value: "amount", label: "Amount" }]} onchange=${setKind} />
    ${kind === "amount"
      ? html`<${AmountField} doing=${doing} label="Amount off, in menu prices" value=${typed} onchange=${setTyped} />`
      : html`<div class="field"><label for="percent">Percent off</label>
          <input id="percent" inputmode="decimal" autocomplete="off" value=${typed} aria-invalid=${wrong} onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} />
          <div class="choices">${["10", "20", "50"].map((each) => html`<button type="button" class="button" key=${each} aria-pressed=${typed === each} onClick=${() => setTyped(each)}>${each} %</button>`)}</div></div>`}`
}

/** `{ppm}` or `{amount}`, or null while what was typed is neither. @param {Doing} doing @param {string} kind @param {string} typed */
function offOf(doing, kind, typed) {
  if (kind === "percent") {
    const ppm = percentOf(typed)
    return ppm === null ? null : { ppm }
  }
  const amount = amountOf(doing.coins, typed)
  return amount ? { amount } : null
}

/** @param {Props} props */
export function AdjustLine({ doing, subject: { id }, onclose }) {
  const line = doing.view.lines[id]
  const [what, setWhat] = useState("serve")
  const [reason, setReason] = useState("")
  const [kind, setKind] = useState("percent")
  const [typed, setTyped] = useState("")
  if (!line) return null
  const off = what === "discount" ? offOf(doing, kind, typed) : {}
  const next = { placed: "preparing", preparing: "ready", ready: "served" }[/** @type {string} */ (line.status)]
  /** @param {Event} event */
  const go = async (event) => {
    event.preventDefault()
    if (await doing.run(`line.${what}`, { line: id, reason: reason.trim(), ...off }, "Done.")) onclose()
  }
  /** @param {string} status */
  const move = async (status) => (await doing.run("line.status", { lines: [id], status }, "Done.")) && onclose()
  const button = { void: "Take it off the bill", comp: "It is on the house", discount: "Give the discount" }[what]
  return html`<${Sheet} title=${line.name} onclose=${onclose} kind="dialog">
    <form class="stack" onSubmit=${go}>
      <${Segmented} name="what" label="What to do" value=${what} onchange=${setWhat}
        options=${[{ value: "serve", label: "Serve" }, { value: "discount", label: "Discount" }, { value: "comp", label: "Comp" }, { value: "void", label: "Void" }]} />
      ${what === "serve" && html`<div class="stack">
        ${line.status !== "served" && line.status !== "comped" && html`<button type="button" class="button primary tall" onClick=${() => move("served")}>Mark as served</button>`}
        ${next && next !== "served" && html`<button type="button" class="button" onClick=${() => move(next)}>Mark as ${next}</button>`}
        ${line.status === "served" && html`<p class="soft">This is served.</p>`}
      </div>`}
      ${what === "void" && html`<p class="soft">Void: it was never ordered. It leaves the bill and the receipt.</p>`}
      ${what === "comp" && html`<p class="soft">Comp: it was made and served, and the house pays for it.</p>`}
      ${what === "discount" && html`<${Off} doing=${doing} kind=${kind} typed=${typed} setKind=${setKind} setTyped=${setTyped} />`}
      ${what !== "serve" && html`<${Reason} value=${reason} onchange=${setReason} />
        <button type="submit" class=${what === "void" ? "button danger tall" : "button primary tall"} disabled=${!reason.trim() || !off}>${button}</button>`}
    </form>
  <//>`
}

/** @param {Props} props */
export function DiscountBill({ doing, onclose }) {
  const [kind, setKind] = useState("percent")
  const [typed, setTyped] = useState("")
  const [reason, setReason] = useState("")
  const [scope, setScope] = useState("rest")
  const off = offOf(doing, kind, typed)
  const paid = doing.view.totals.settled > 0
  /** @param {Event} event */
  const go = async (event) => {
    event.preventDefault()
    if (await doing.run("discount.set", { ...off, reason: reason.trim(), scope }, "The discount is on the bill.")) onclose()
  }
  return html`<${Sheet} title="Discount on the bill" onclose=${onclose} kind="dialog">
    <form class="stack" onSubmit=${go}>
      <${Off} doing=${doing} kind=${kind} typed=${typed} setKind=${setKind} setTyped=${setTyped} />
      ${paid && html`<${Segmented} name="scope" label="For whom" value=${scope} onchange=${setScope} options=${[{ value: "rest", label: "Off the rest" }, { value: "all", label: "For everybody" }]} />
        <p class="hint soft small">${scope === "rest" ? "Only what is unpaid gets cheaper." : "Who has paid already gets a credit."}</p>`}
      <${Reason} value=${reason} onchange=${setReason} />
      <button type="submit" class="button primary tall" disabled=${!off || !reason.trim()}>Give the discount</button>
    </form>
  <//>`
}

/** @param {Props} props */
export function ServiceCharge({ doing, onclose }) {
  const now = doing.view.serviceCharge
  const [typed, setTyped] = useState(now ? String(now.ppm / 10_000) : "0")
  const [from, setFrom] = useState(now?.fromCovers ?? 1)
  const ppm = /^0+([.,]0*)?$/.test(typed.trim()) ? 0 : percentOf(typed)
  /** @param {Event} event */
  const go = async (event) => {
    event.preventDefault()
    if (await doing.run("service_charge.set", { ppm, fromCovers: from }, "The service charge is set.")) onclose()
  }
  return html`<${Sheet} title="Service charge" onclose=${onclose} kind="dialog">
    <form class="stack" onSubmit=${go}>
      <div class="field"><label for="percent">Percent</label><input id="percent" inputmode="decimal" value=${typed} aria-invalid=${ppm === null} onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} /></div>
      <div class="row"><span class="grow">From how many people</span><${Stepper} label="People" value=${from} min=${1} onchange=${setFrom} /></div>
      <p class="soft small">It meets new items, and items that nobody has paid or is paying.</p>
      <button type="submit" class="button primary tall" disabled=${ppm === null}>Set</button>
    </form>
  <//>`
}

/** @param {Props} props */
export function Covers({ doing, onclose }) {
  const [covers, setCovers] = useState(doing.view.tableSession.covers || 1)
  const go = async () => (await doing.run("covers.set", { covers }, "Done.")) && onclose()
  return html`<${Sheet} title="How many people?" onclose=${onclose} kind="dialog">
    <div class="row"><span class="grow">People at the table</span><${Stepper} label="People" value=${covers} min=${1} onchange=${setCovers} /></div>
    <button type="button" class="button primary tall" onClick=${go}>Set</button>
  <//>`
}

/** Cash or terminal for the table or for one guest: a tender on the bill, confirmed at once in the next step. @param {Props} props */
export function TakePayment({ doing, subject, onclose }) {
  const { view, coins } = doing
  const [method, setMethod] = useState("cash")
  const [whose, setWhose] = useState(subject?.guest ?? "everything")
  const [tip, setTip] = useState("")
  const [busy, setBusy] = useState(false)
  const owing = Object.entries(view.guests).filter(([, guest]) => guest.due > 0)
  const due = whose === "everything" ? view.totals.unpaid : whose === "open" ? view.totals.open : (view.guests[whose]?.due ?? 0)
  const tipAmount = tip === "" ? 0 : amountOf(coins, tip)
  /** @param {Event} event */
  const go = async (event) => {
    event.preventDefault()
    setBusy(true)
    const pays = whose === "everything" || whose === "open" ? whose : { guests: [whose] }
    const body = { paymentMethod: method, pays, tipAmount, expectedAmount: due }
    const intent = `staff:${doing.session}:${method}`
    const payment = await tell(ask("POST", `table-sessions/${doing.session}/payment`, body, keyOf(intent, body)))
    settle(intent)
    setBusy(false)
    if (payment) doing.ask("confirm", { id: payment.id, payment: doing.view.payments[payment.id] ?? { method, amount: payment.amount, tip: payment.tipAmount } })
  }
  return html`<${Sheet} title="Take payment" onclose=${onclose} kind="dialog">
    <form class="stack" onSubmit=${go}>
      <${Segmented} name="method" label="How" value=${method} onchange=${setMethod} options=${[{ value: "cash", label: METHOD.cash }, { value: "terminal", label: METHOD.terminal }]} />
      <label class="field"><span class="label">What</span>
        <select value=${whose} onChange=${(/** @type {any} */ event) => setWhose(event.target.value)}>
          <option value="everything">All that is left, ${coins.format(view.totals.unpaid)}</option>
          ${view.totals.open > 0 && view.totals.open < view.totals.unpaid && html`<option value="open">What nobody has taken, ${coins.format(view.totals.open)}</option>`}
          ${owing.map(([id, guest]) => html`<option key=${id} value=${id}>${guest.name}, ${coins.format(guest.due)}</option>`)}
        </select></label>
      <${AmountField} doing=${doing} label="Tip, if any" value=${tip} onchange=${setTip} />
      <button type="submit" class="button primary tall" disabled=${busy || due === 0 || tipAmount === null}>${METHOD[method]} ${coins.format(due + (tipAmount ?? 0))}</button>
    </form>
  <//>`
}

/** Confirm, cancel or release one payment. @param {Props} props */
export function ConfirmTender({ doing, subject, onclose }) {
  const { coins } = doing
  const payment = doing.view.payments[subject.id] ?? subject.payment
  const sum = payment.amount + payment.tip + (payment.rounding ?? 0)
  const [typed, setTyped] = useState("")
  const [reference, setReference] = useState("")
  const given = typed === "" ? null : amountOf(coins, typed)
  const close = (/** @type {any} */ done) => done !== undefined && onclose()
  if (subject.release) return html`<${Sheet} title="Release this share?" onclose=${onclose} kind="dialog">
    <p>${coins.format(payment.amount)} can then be paid by somebody else. If the card is charged after all, the money is shown as too much and goes back.</p>
    <button type="button" class="button danger tall" onClick=${async () => close(await doing.run("payment.release", { payment: subject.id, reason: "released by staff" }, "The share is free."))}>Release it</button>
  <//>`
  if (subject.cancel) return html`<${Sheet} title="Cancel this payment?" onclose=${onclose} kind="dialog">
    <p>Nothing was taken. ${coins.format(payment.amount)} is open again.</p>
    <button type="button" class="button danger tall" onClick=${async () => close(await tell(ask("POST", `payments/${subject.id}/cancel`), "Cancelled."))}>Cancel it</button>
  <//>`
  const cash = payment.method === "cash"
  const d = { payment: subject.id, ...(cash && given !== null ? { given } : {}), ...(!cash && reference.trim() ? { reference: reference.trim() } : {}) }
  return html`<${Sheet} title=${`${METHOD[payment.method]}: ${coins.format(sum)}`} onclose=${onclose} kind="dialog">
    <form class="stack" onSubmit=${async (/** @type {Event} */ event) => (event.preventDefault(), close(await doing.run("payment.confirm", d, "Paid.")))}>
      ${cash
        ? html`<${AmountField} doing=${doing} label="Given, if you want the change counted" value=${typed} onchange=${setTyped} />
            ${given !== null && html`<p class="change" role="status">${given >= sum ? html`Change <strong class="amount">${coins.format(given - sum)}</strong>` : html`<strong class="amount">${coins.format(sum - given)}</strong> is missing`}</p>`}`
        : html`<div class="field"><label for="reference">Number of the slip</label><input id="reference" maxlength="80" autocomplete="off" value=${reference} onInput=${(/** @type {any} */ event) => setReference(event.target.value)} /></div>`}
      <button type="submit" class="button primary tall" disabled=${cash && (typed !== "" && (given === null || given < sum))}>${cash ? "I have the cash" : "The terminal says paid"}</button>
    </form>
  <//>`
}

/** @param {Props} props */
export function CloseVisit({ doing, onclose }) {
  const { totals } = doing.view
  const [reason, setReason] = useState("")
  const close = async () => (await doing.run("session.abandon", { reason: reason.trim() || "walk-out" }, "The visit is over.")) && onclose()
  return html`<${Sheet} title="This table still owes money" onclose=${onclose} kind="dialog">
    <p><strong class="amount">${doing.coins.format(totals.unpaid + totals.reserved)}</strong> is not paid. Ending the visit now notes a walk-out.</p>
    ${totals.reserved > 0 && html`<p>Somebody is paying right now: wait for that first.</p>`}
    <${Reason} value=${reason} onchange=${setReason} />
    <button type="button" class="button danger tall" disabled=${totals.reserved > 0} onClick=${close}>End it as a walk-out</button>
  <//>`
}

/** @param {Props} props */
export function MoveVisit({ doing, tables, table, onclose }) {
  const free = Object.entries(tables).filter(([id, tile]) => id !== table && !tile.session)
  const go = async (/** @type {string} */ to) => (await doing.run("session.move", { table: to }, "Moved. The phones came along.")) && onclose()
  return html`<${Sheet} title="Move to which table?" onclose=${onclose} kind="dialog">
    ${free.length === 0 && html`<p class="soft">Every other table is taken.</p>`}
    <div class="choices">${free.map(([id, tile]) => html`<button type="button" class="button" key=${id} onClick=${() => go(id)}>${tile.label}</button>`)}</div>
  <//>`
}

/** @param {Props} props */
export function RemoveGuest({ doing, subject: { id, guest }, onclose }) {
  const go = async () => (await doing.run("guest.remove", { guest: id, reason: "removed by staff" }, `${guest.name} is off the table.`)) && onclose()
  return html`<${Sheet} title=${`Take ${guest.name} off the table?`} onclose=${onclose} kind="dialog">
    <p>Their phone leaves the table. What they took and did not pay is open again.</p>
    <button type="button" class="button danger tall" onClick=${go}>Take off</button>
  <//>`
}
