// @ts-check
// Where our books and the payment provider's do not agree: what it is, what to do, and a note when it is done.
import { html, useState } from "../vendor/ui.js"
import { ask } from "../staff/calls.js"
import { Answer, Filter, More, Question, Section, moment, price, useList } from "./parts.js"
import { spoken } from "./words.js"

/** @typedef {import("./types.js").Finding} Finding */

const AMOUNTS = ["amount", "expected", "found", "ours", "theirs", "refunded", "captured"]

export default function Findings() {
  const [state, setState] = useState("open")
  const [closing, setClosing] = useState(/** @type {Finding | null} */ (null))
  const { asked, rows, next, goOn } = useList(`findings?state=${state}`, "findings", "before")
  const close = async (/** @type {string} */ note) => {
    const done = await ask("POST", `findings/${closing?.id}/close`, { note })
    await asked.again()
    return done
  }
  return html`<${Section} title="Findings" lead="Every night, and whenever something looks odd, our books are compared with the payment provider's. A difference stays here until it is gone or somebody has looked at it."
      tools=${html`<${Filter} label="Which findings" value=${state} options=${[["open", "Open"], ["resolved", "Gone by itself"], ["closed", "Closed by a person"]]} onchange=${setState} />`}>
    <${Answer} asked=${asked} empty=${rows.length === 0 && (state === "open" ? "Everything agrees, to the cent." : "None so far.")}>
      <ul class="entries">${rows.map((one) => html`<${Row} key=${one.id} finding=${one} onend=${() => setClosing(one)} />`)}</ul>
      <${More} next=${next} goOn=${goOn} />
    <//>
    ${closing && html`<${Question} title="Close this finding?" text=${closing.title} label="What was it, what did you do?" button="Close it" run=${close} done="Closed." onclose=${() => setClosing(null)} />`}
  <//>`
}

/** A fact as people read it: amounts in money, words as they are. @param {string} name @param {string | number | boolean} value @param {Finding["facts"]} facts */
const fact = (name, value, facts) => (typeof value === "number" && AMOUNTS.includes(name) ? price(value, typeof facts.currency === "string" ? facts.currency.toUpperCase() : undefined) : String(value))

/** @param {{finding: Finding, onend: () => void}} props */
function Row({ finding, onend }) {
  return html`<li class="card entry">
    <div class="entry-head"><strong>${finding.title}</strong><span class="chip" data-kind=${finding.state === "open" ? "bad" : "good"}>${finding.state === "open" ? `Seen ${finding.seen === 1 ? "once" : `${finding.seen} times`}` : finding.state === "closed" ? "Closed" : "Gone"}</span></div>
    <p>${finding.advice}</p>
    <dl class="facts small"><div><dt>About</dt><dd>${finding.subject}</dd></div>${Object.entries(finding.facts).filter(([name]) => name !== "currency").map(([name, value]) => html`<div key=${name}><dt>${spoken(name)}</dt><dd>${fact(name, value, finding.facts)}</dd></div>`)}</dl>
    <p class="soft small">First ${moment(finding.firstSeenAt)}, last ${moment(finding.lastSeenAt)}${finding.closedBy ? ` · ${finding.closedBy}: “${finding.note ?? ""}”` : ""}</p>
    ${finding.state === "open" && html`<div class="entry-ways"><button type="button" class="button" onClick=${onend}>Close with a note<span class="visually-hidden">: ${finding.title}</span></button></div>`}
  </li>`
}
