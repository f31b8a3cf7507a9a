// @ts-check
// Money that comes back to me: on its way, here, or by itself because others paid it too.
import { html } from "../vendor/ui.js"
import { me, price, view } from "./state.js"
import { fill, m } from "./words-money.js"

/** Everything there is to say about it. */
export function backWords() {
  const own = Object.values(view.value?.payments ?? {}).filter((one) => one.guest === me.value?.id)
  const words = own.flatMap((one) => [
    one.surplus > 0 && fill(m.goesBack, price(one.surplus)),
    one.refunding && fill(m.onItsWay, price(one.refunding)),
    one.refunded > 0 && fill(one.method === "cash" ? m.handedBack : m.cameBack, price(one.refunded)),
  ])
  const credit = view.value?.totals.credit ?? 0
  return [...words, credit > 0 && own.some((one) => one.status === "succeeded") && fill(m.cheaper, price(credit))].filter((one) => typeof one === "string")
}

export default function Back() {
  const words = backWords()
  if (!words.length) return null
  return html`<section class="card back" aria-label=${m.back}><h2>${m.back}</h2>${words.map((one) => html`<p key=${one}>${one}</p>`)}</section>`
}
