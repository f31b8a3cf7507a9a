// @ts-check
// The close of a business day: what was sold, how it was paid, what the drawer and the provider say, and where they differ.
import { html, useState } from "../vendor/ui.js"
import { percent } from "../shared/money.js"
import { METHOD, counted } from "../staff/words.js"
import { Answer, DateField, Do, Figures, Section, dateOf, dayName, lang, moment, price, saveTable, time, useAsk } from "./parts.js"

/** @typedef {import("./types.js").DayReport} DayReport */

/** @type {Record<string, string>} */
const DIFFERENCE = { missing_here: "The provider has it, we do not", missing_there: "We have it, the provider does not", amount: "The amounts differ" }

export default function Day() {
  const [date, setDate] = useState("")
  const asked = useAsk(date ? `reports/day?date=${date}` : "reports/day", { still: true })
  // It asks the provider for a whole day: only when somebody wants to know.
  /** @type {DayReport | null} */
  const report = asked.found
  const tools = html`<${DateField} label="Business day" id="day" value=${date || report?.date || ""} max=${dateOf(1)} onchange=${setDate} />
    <${Do} label="Refresh" run=${asked.again} />
    <button type="button" class="button" disabled=${!report} onClick=${() => report && saveTable(`day-${report.date}.csv`, table(report))}>CSV</button>
    <button type="button" class="button" disabled=${!report} onClick=${() => print()}>Print</button>`
  return html`<${Section} title="Close of day" lead=${report ? `${dayName(report.date)}, ${time(report.from)} to ${moment(report.to)}${report.isOver ? "" : ". The day still runs."}` : "What the day came to"} tools=${tools}>
    <${Answer} asked=${asked}>${report && html`<${Report} report=${report} />`}<//>
  <//>`
}

/** @param {{report: DayReport}} props */
function Report({ report }) {
  const { sales, payments, tips, open, fees, stripe } = report
  const p = (/** @type {number} */ amount) => price(amount, report.currency)
  const wrong = (stripe.differences?.length ?? 0) + report.drawers.filter((one) => one.difference).length
  return html`
    ${!report.balanced && html`<p class="banner" data-kind="bad" role="alert">The ledger of this day does not balance. Please tell whoever runs this installation.</p>`}
    <${Figures} of=${[["Sales with tax", p(sales.total), counted(report.visits, "visit", "visits")], ["Taken", p(payments.total), counted(payments.count, "payment", "payments")], ["Tips", p(tips.collected - tips.refunded), tips.refunded ? `${p(tips.refunded)} given back` : ""], ["Refunds", p(report.refunds.amount), report.refunds.onTheirWay ? `${p(report.refunds.onTheirWay)} on their way` : ""], ["Still owed", p(open.receivable)], ["Differences", String(wrong), wrong ? "see below" : "everything agrees"]]} />
    <div class="columns">
      <${Sums} title="Sales" rows=${[["Menu prices", p(sales.gross)], sales.discounts && ["Discounts", p(-sales.discounts)], sales.comps && ["On the house", p(-sales.comps)], sales.voids && ["Voided (not in the sum)", p(sales.voids)], ["Net", p(sales.net)], sales.service && ["Service", p(sales.service)], ["Tax", p(sales.tax)]]} total=${["Total", p(sales.total)]} />
      <${Sums} title="Tax by rate" rows=${report.taxes.map((one) => [`${percent(one.ratePpm, lang)} of ${p(one.net)}`, p(one.tax)])} total=${["Tax", p(sales.tax)]} />
      <${Methods} report=${report} p=${p} />
      <${Sums} title="At the end of the day" rows=${[["Guests still owe", p(open.receivable)], ["Credits of guests", p(open.credits)], ["Refunds on their way", p(open.refundsOnTheirWay)], ["Disputed", p(open.disputed)], report.writtenOff && ["Written off", p(report.writtenOff)], ["Fees of the provider", p(fees.provider)], fees.application && ["Fees of this installation", p(fees.application)], payments.rounding && ["Cash rounding", p(payments.rounding)]]} />
      <${Drawers} report=${report} p=${p} />
      <${Provider} stripe=${stripe} p=${p} />
    </div>`
}

/** @param {{title: string, rows: any[], total?: [string, string]}} props */
const Sums = ({ title, rows, total }) =>
  html`<section class="card"><h3>${title}</h3><dl class="breakdown">${rows.filter(Boolean).map(([label, sum]) => html`<div key=${label}><dt>${label}</dt><dd class="amount">${sum}</dd></div>`)}
    ${total && html`<div class="left"><dt>${total[0]}</dt><dd class="amount">${total[1]}</dd></div>`}</dl></section>`

/** @param {{report: DayReport, p: (amount: number) => string}} props */
const Methods = ({ report, p }) => html`<section class="card"><h3>How it was paid</h3>
  ${report.methods.length === 0 ? html`<p class="soft">Nothing was paid yet.</p>` : html`<div class="wide"><table class="table"><thead><tr><th scope="col">Method</th><th scope="col" class="number">Paid</th><th scope="col" class="number">Refunded</th><th scope="col" class="number">Net</th></tr></thead>
    <tbody>${report.methods.map((one) => html`<tr key=${one.method}><th scope="row">${METHOD[one.method] ?? one.method} <span class="soft small">${one.payments}</span></th><td class="number">${p(one.amount)}</td><td class="number">${p(one.refunded)}</td><td class="number">${p(one.net)}</td></tr>`)}</tbody>
    <tfoot><tr><th scope="row">Total</th><td class="number">${p(payments(report, "amount"))}</td><td class="number">${p(payments(report, "refunded"))}</td><td class="number">${p(payments(report, "net"))}</td></tr></tfoot></table></div>`}</section>`

/** @param {DayReport} report @param {"amount" | "refunded" | "net"} what */
const payments = (report, what) => report.methods.reduce((sum, one) => sum + one[what], 0)

/** @param {{report: DayReport, p: (amount: number) => string}} props */
const Drawers = ({ report, p }) => html`<section class="card"><h3>Cash drawer</h3>
  ${report.drawers.length === 0 && html`<p class="soft">No drawer was open on this day.</p>`}
  ${report.drawers.map((one) => html`<dl class="breakdown" key=${one.id}>
    <div><dt>Opened by ${one.openedBy} with</dt><dd class="amount">${p(one.opening)}</dd></div>
    ${one.carried !== 0 && html`<div><dt>Taken before it was open</dt><dd class="amount">${p(one.carried)}</dd></div>`}
    <div><dt>Should be in it</dt><dd class="amount">${p(one.expected)}</dd></div>
    ${one.counted === undefined ? html`<div><dt>Not counted yet</dt><dd></dd></div>` : html`<div><dt>Counted by ${one.countedBy}</dt><dd class="amount">${p(one.counted)}</dd></div>
      <div class="left"><dt>Difference</dt><dd class="amount">${one.difference ? html`<span class="chip" data-kind="bad">${p(one.difference)}</span>` : p(0)}</dd></div>`}
  </dl>`)}</section>`

/** @param {{stripe: DayReport["stripe"], p: (amount: number) => string}} props */
function Provider({ stripe, p }) {
  if (!stripe.reachable) return html`<section class="card"><h3>Payment provider</h3><p>The provider does not answer right now, so its figures could not be compared.</p></section>`
  const rows = stripe.differences ?? []
  return html`<section class="card"><h3>Payment provider</h3>
    <div class="wide"><table class="table"><thead><tr><th scope="col"><span class="visually-hidden">Figure</span></th><th scope="col" class="number">Ours</th><th scope="col" class="number">Theirs</th></tr></thead><tbody>
      <tr><th scope="row">Taken</th><td class="number">${p(stripe.ours?.captured ?? 0)}</td><td class="number">${p(stripe.captured ?? 0)}</td></tr>
      <tr><th scope="row">Refunded</th><td class="number">${p(stripe.ours?.refunded ?? 0)}</td><td class="number">${p(stripe.refunded ?? 0)}</td></tr></tbody></table></div>
    ${rows.length === 0 ? html`<p><span class="chip" data-kind="good">They agree</span></p>` : html`<ul class="list">${rows.map((one) => html`<li key=${one.stripeId ?? one.paymentId}><strong>${DIFFERENCE[one.kind] ?? one.kind}</strong><br /><span class="small">${one.ours !== undefined ? `ours ${p(one.ours)} ` : ""}${one.theirs !== undefined ? `theirs ${p(one.theirs)} ` : ""}</span><span class="soft small">${one.stripeId ?? ""}</span></li>`)}</ul>`}
  </section>`
}

/** The report for a spreadsheet; amounts in minor units. @param {DayReport} report @returns {(string | number)[][]} */
const table = (report) => [
  ["figure", "detail", `amount in minor units of ${report.currency}`],
  ...Object.entries(report.sales).map(([name, amount]) => ["sales", name, amount]),
  ...report.taxes.flatMap((one) => [["tax", `${one.ratePpm / 10_000} % net`, one.net], ["tax", `${one.ratePpm / 10_000} %`, one.tax]]),
  ...report.methods.flatMap((one) => [["paid", one.method, one.amount], ["refunded", one.method, one.refunded]]),
  ["tips", "collected", report.tips.collected], ["tips", "refunded", report.tips.refunded],
  ["fees", "provider", report.fees.provider], ["fees", "application", report.fees.application],
  ...Object.entries(report.open).map(([name, amount]) => ["open", name, amount]),
  ...report.drawers.flatMap((one) => [["drawer", "expected", one.expected], ...(one.counted === undefined ? [] : [["drawer", "counted", one.counted], ["drawer", "difference", one.difference ?? 0]])]),
]
