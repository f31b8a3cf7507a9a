// @ts-check
// Money that goes back: what waits for a second person, what is on its way, what has arrived, what failed.
import { html, useState } from "../vendor/ui.js"
import { ask } from "../staff/calls.js"
import { METHOD } from "../staff/words.js"
import { Answer, Do, Filter, More, Question, Section, manages, moment, move, page, price, useList } from "./parts.js"
import { CAUSE, REFUND } from "./words.js"

/** @typedef {import("./types.js").Refund} Refund */

/** @type {[string, string][]} */
const LISTS = [["asked", "To approve"], ["planned,pending", "On the way"], ["failed", "Failed"], ["succeeded", "Refunded"], ["", "All"]]
/** @type {Record<string, string>} */
const EMPTY = { asked: "Nothing waits for a second person.", "planned,pending": "No money is on its way back.", failed: "No refund has failed.", succeeded: "Nothing was refunded yet.", "": "No refunds yet. They start at a payment on the floor." }

export default function Refunds() {
  const [state, setState] = useState("asked")
  const [declining, setDeclining] = useState(/** @type {Refund | null} */ (null))
  const { asked, rows, next, goOn } = useList(`refunds?state=${state}`, "refunds")
  const decline = async (/** @type {string} */ reason) => {
    const done = await ask("POST", `refunds/${declining?.id}/decline`, { reason })
    await asked.again()
    return done
  }
  return html`<${Section} title="Refunds" lead="A refund starts at a payment on the floor. Over the limit a second person says yes here." tools=${html`<${Filter} label="Which refunds" value=${state} options=${LISTS} onchange=${setState} />`}>
    <${Answer} asked=${asked} empty=${rows.length === 0 && EMPTY[state]}>
      <ul class="entries">${rows.map((one) => html`<${Row} key=${one.id} refund=${one} again=${asked.again} ondecline=${() => setDeclining(one)} />`)}</ul>
      <${More} next=${next} goOn=${goOn} />
    <//>
    ${declining && html`<${Question} title=${declining.askedBy?.id === page.staff.id ? "Take it back?" : "Decline this refund?"} text=${`${sum(declining)} stays with the house.`} button=${declining.askedBy?.id === page.staff.id ? "Take it back" : "Decline it"} danger run=${decline} done="It stays with the house." onclose=${() => setDeclining(null)} />`}
  <//>`
}

/** @param {Refund} refund */
const sum = ({ amount, tipAmount = 0, rounding = 0, currency }) => price(amount + tipAmount + rounding, currency)

/** @param {{refund: Refund, again: () => Promise<void>, ondecline: () => void}} props */
function Row({ refund, again, ondecline }) {
  const state = REFUND[refund.state] ?? { kind: "", text: refund.state }
  const own = refund.askedBy?.id === page.staff.id
  const may = (manages || refund.cause === "credit" || refund.cause === "surplus") && !own
  const approve = async () => {
    await move(`approve:${refund.id}`, `refunds/${refund.id}/approve`, {}, "Approved. The money is on its way.")
    await again()
  }
  return html`<li class="card entry">
    <div class="entry-head"><strong class="amount">${sum(refund)}</strong><span>${refund.table ? `Table ${refund.table} · ` : ""}${refund.paymentMethod ? METHOD[refund.paymentMethod] : "spread over the payments"}${refund.card ? ` ${refund.card}` : ""}</span><span class="chip" data-kind=${state.kind}>${state.text}</span></div>
    ${refund.reason && html`<p>“${refund.reason}”</p>`}
    <p class="soft small">${refund.askedBy ? `${refund.askedBy.name}, ` : `${CAUSE[refund.cause]}, `}${moment(refund.askedAt)}${refund.decidedBy ? ` · ${refund.state === "declined" ? "declined" : "approved"} by ${refund.decidedBy.name}` : ""}${refund.tipAmount ? ` · ${price(refund.tipAmount, refund.currency)} of it tip` : ""}${refund.owedAgain ? " · the table owes it again" : ""}</p>
    ${refund.checking && html`<p class="soft small">The provider has not answered yet; we ask again by ourselves.</p>`}
    ${refund.failureReason && html`<p class="error">${refund.failureReason}</p>`}
    ${refund.state === "asked" && html`<div class="entry-ways">
      ${may && html`<${Do} label="Approve" about=${sum(refund)} run=${approve} kind="primary" />`}
      ${own && html`<p class="soft">Somebody else has to approve it.</p>`}
      ${(manages || own) && html`<button type="button" class="button" onClick=${ondecline}>${own ? "Take it back" : "Decline"}</button>`}
    </div>`}
  </li>`
}
