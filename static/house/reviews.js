// @ts-check
// Card payments that looked odd: why, and a person's word on them.
import { html, useState } from "../vendor/ui.js"
import { ask } from "../staff/calls.js"
import { Answer, Filter, More, Question, Section, moment, price, useList } from "./parts.js"
import { spoken } from "./words.js"

/** @typedef {import("./types.js").Review} Review */

/** @type {Record<string, {kind: string, text: string}>} */
const STATE = { open: { kind: "held", text: "Waits for you" }, allowed: { kind: "good", text: "Allowed" }, blocked: { kind: "bad", text: "Blocked" }, expired: { kind: "", text: "Nobody decided in time" } }

export default function Reviews() {
  const [state, setState] = useState("open")
  const [deciding, setDeciding] = useState(/** @type {{review: Review, how: "allow" | "block"} | null} */ (null))
  const { asked, rows, next, goOn } = useList(`reviews?state=${state}`, "reviews")
  const decide = async (/** @type {string} */ reason) => {
    const done = await ask("POST", `reviews/${deciding?.review.id}/${deciding?.how}`, { reason })
    await asked.again()
    return done
  }
  return html`<${Section} title="Reviews" lead="Card payments that looked odd wait here for a person. A decision holds for this guest for half an hour; cash is always taken."
      tools=${html`<${Filter} label="Which reviews" value=${state} options=${[["open", "Open"], ["allowed", "Allowed"], ["blocked", "Blocked"]]} onchange=${setState} />`}>
    <${Answer} asked=${asked} empty=${rows.length === 0 && (state === "open" ? "Nothing to look at." : "None so far.")}>
      <ul class="entries">${rows.map((one) => html`<${Row} key=${one.id} review=${one} ondecide=${(/** @type {"allow" | "block"} */ how) => setDeciding({ review: one, how })} />`)}</ul>
      <${More} next=${next} goOn=${goOn} />
    <//>
    ${deciding && html`<${Question} title=${deciding.how === "allow" ? "Let this guest pay by card?" : "No card payment for this guest?"}
      text=${`${deciding.review.guest ?? "A guest"}${deciding.review.table ? ` at table ${deciding.review.table}` : ""}, ${price(deciding.review.amount + deciding.review.tipAmount, deciding.review.currency)}.`}
      button=${deciding.how === "allow" ? "Allow" : "Block"} danger=${deciding.how === "block"} run=${decide} done=${deciding.how === "allow" ? "Allowed. The guest can go on." : "Blocked. The guest can pay in cash."} onclose=${() => setDeciding(null)} />`}
  <//>`
}

/** @param {{review: Review, ondecide: (how: "allow" | "block") => void}} props */
function Row({ review, ondecide }) {
  const state = STATE[review.state] ?? { kind: "", text: review.state }
  const about = `${review.guest ?? "a guest"}, ${price(review.amount, review.currency)}`
  return html`<li class="card entry">
    <div class="entry-head"><strong class="amount">${price(review.amount + review.tipAmount, review.currency)}</strong><span>${review.guest ?? "A guest"}${review.table ? ` · Table ${review.table}` : ""}</span><span class="chip" data-kind=${state.kind}>${state.text}</span></div>
    <h3 class="small soft">Why, ${review.score} points in all</h3>
    <ul>${review.signals.map((one) => html`<li class="row" key=${one.name}><span class="grow">${one.text || `${spoken(one.name)}: ${one.value}`}</span><span class="soft small">usually at most ${one.usual}</span><span class="amount">+${one.points}</span></li>`)}</ul>
    <p class="soft small">${moment(review.createdAt)}${review.decidedBy ? ` · ${review.decidedBy}${review.reason ? `: “${review.reason}”` : ""}` : ""}</p>
    ${review.state === "open" && html`<div class="entry-ways">
      <button type="button" class="button primary" onClick=${() => ondecide("allow")}>Allow<span class="visually-hidden"> ${about}</span></button>
      <button type="button" class="button danger" onClick=${() => ondecide("block")}>Block<span class="visually-hidden"> ${about}</span></button>
    </div>`}
  </li>`
}
