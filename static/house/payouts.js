// @ts-check
// What the payment provider pays into the restaurant's bank account.
import { html } from "../vendor/ui.js"
import { Answer, Section, dayName, price, useAsk } from "./parts.js"
import { PAYOUT } from "./words.js"

export default function Payouts() {
  const asked = useAsk("payouts?limit=50", { still: true })
  const apart = asked.problem?.code === "not_connected"
  /** @type {import("./types.js").Payout[]} */
  const rows = asked.found?.payouts ?? []
  return html`<${Section} title="Payouts" lead="Card payments, less fees and refunds, as the payment provider sends them to the bank.">
    ${apart
      ? html`<p class="empty card">This restaurant has no account of its own at the payment provider, so payouts go to the operator of this installation.</p>`
      : html`<${Answer} asked=${asked} empty=${rows.length === 0 && "No payouts yet."}>
          <div class="card wide"><table class="table"><thead><tr><th scope="col">Arrives</th><th scope="col">State</th><th scope="col" class="number">Amount</th></tr></thead>
            <tbody>${rows.map((one) => html`<tr key=${one.id}><td>${dayName(one.arrivesOn.slice(0, 10))}</td><td><span class="chip" data-kind=${PAYOUT[one.status]?.kind ?? ""}>${PAYOUT[one.status]?.text ?? one.status}</span></td><td class="number amount">${price(one.amount, one.currency.toUpperCase())}</td></tr>`)}</tbody></table></div>
        <//>`}
  <//>`
}
