// @ts-check
// Card holders who ask their bank for the money back, and what we have to show for ourselves.
import { html, useState } from "../vendor/ui.js"
import { Answer, Filter, More, Section, moment, price, useList } from "./parts.js"
import { DISPUTE, DISPUTE_REASON, spoken } from "./words.js"

/** @typedef {import("./types.js").Dispute} Dispute */

export default function Disputes() {
  const [state, setState] = useState("open")
  const { asked, rows, next, goOn } = useList(`disputes?state=${state}`, "disputes")
  return html`<${Section} title="Disputes" lead="Answer a dispute at the payment provider, with the evidence from here. Guests see nothing of it."
      tools=${html`<${Filter} label="Which disputes" value=${state} options=${[["open", "Open"], ["closed", "Closed"]]} onchange=${setState} />`}>
    <${Answer} asked=${asked} empty=${rows.length === 0 && (state === "open" ? "No dispute is open." : "No dispute was ever closed.")}>
      <ul class="entries">${rows.map((one) => html`<${Row} key=${one.id} dispute=${one} />`)}</ul>
      <${More} next=${next} goOn=${goOn} />
    <//>
  <//>`
}

/** @param {{dispute: Dispute}} props */
function Row({ dispute }) {
  const state = DISPUTE[dispute.state] ?? { kind: "held", text: dispute.state }
  return html`<li class="card entry">
    <div class="entry-head"><strong class="amount">${price(dispute.amount, dispute.currency)}</strong><span>${dispute.table ? `Table ${dispute.table}` : "Card payment"}</span><span class="chip" data-kind=${state.kind}>${state.text}</span></div>
    <p>${DISPUTE_REASON[dispute.reason] ?? spoken(dispute.reason)}</p>
    <p class="soft small">Since ${moment(dispute.openedAt)}${dispute.respondBy && dispute.state === "open" ? html` · <strong>answer before ${moment(dispute.respondBy)}</strong>` : ""}${dispute.closedAt ? ` · closed ${moment(dispute.closedAt)}` : ""}${dispute.withdrawn > 0 ? ` · ${price(dispute.withdrawn, dispute.currency)} is withheld` : ""}</p>
    <div class="entry-ways">
      <a class="button" href=${`${dispute.evidenceUrl}.html`} target="_blank" rel="noopener">See the evidence<span class="visually-hidden"> for ${price(dispute.amount, dispute.currency)}</span></a>
      <a class="button" href=${dispute.evidenceUrl} download=${`dispute-${dispute.id}.json`}>Download it</a>
    </div>
  </li>`
}
