// @ts-check
// Call somebody: the waiter, the bill, water.
import { html } from "../vendor/ui.js"
import { say } from "../shared/message.js"
import { Sheet } from "../shared/sheet.js"
import { command } from "./doing.js"
import { isStale, view } from "./state.js"
import { fill, time, w } from "./words-more.js"

const KINDS = /** @type {const} */ (["waiter", "bill", "water"])

/** @param {{onclose: () => void}} props */
export default function HelpSheet({ onclose }) {
  const asked = Object.values(view.value?.requests ?? {})
  const ask = async (/** @type {string} */ kind) => {
    if (!(await command("request.make", { kind }))) return
    onclose()
    say({ text: w.onTheWay, kind: "good" })
  }
  return html`<${Sheet} title=${w.callWaiter} onclose=${onclose}>
    ${KINDS.map((kind) => {
      const open = asked.find((one) => one.kind === kind)
      return html`<button key=${kind} type="button" class="button tall wide" disabled=${Boolean(open) || isStale.value} onClick=${() => ask(kind)}>
        <span>${w.requests[kind]}${open && html`<br /><small>${open.claimedBy ? w.isComing : fill(w.askedAt, time(open.at))}</small>`}</span></button>`
    })}
  <//>`
}
