// @ts-check
// The split history in words, newest first, from the very events that made the bill.
import { html, useEffect, useState } from "../vendor/ui.js"
import { get, Problem } from "../shared/api.js"
import { merge } from "../shared/merge.js"
import { Sheet } from "../shared/sheet.js"
import { news } from "./news.js"
import { view } from "./state.js"
import { position, session } from "./table.js"
import { time, trouble, w } from "./words-more.js"

/** @typedef {{n: number, at: string, text: string}} Entry */

/** @param {{onclose: () => void}} props */
export default function HistorySheet({ onclose }) {
  const [entries, setEntries] = useState(/** @type {Entry[] | null} */ (null))
  const [wrong, setWrong] = useState("")
  useEffect(() => {
    load().then(setEntries, (problem) => setWrong(trouble(problem)))
  }, [view.value?.totals, Object.keys(view.value?.payments ?? {}).length])
  return html`<${Sheet} title=${w.history} onclose=${onclose}>
    ${wrong ? html`<p class="error" role="alert">${wrong}</p>` : entries === null ? html`<p class="soft">${w.loading}</p>` : entries.length === 0 ? html`<p class="soft">${w.noHistory}</p>` : html`<ol class="history">${entries.map((one) => html`<li key=${one.n}><time class="soft small" datetime=${one.at}>${time(one.at)}</time><span>${one.text}</span></li>`)}</ol>`}
  <//>`
}

/** @returns {Promise<Entry[]>} */
async function load() {
  const { epoch } = position()
  /** @type {{events?: import("../shared/types.js").Change[]}} */
  const answer = await get(`table-sessions/${session()}/events?since=${encodeURIComponent(`${epoch}.0`)}&wait=0`)
  /** @type {Entry[]} */
  const entries = []
  let before = {}
  if (!answer.events) throw new Problem(0, { code: "too_long", detail: w.tooLong })
  for (const change of answer.events) {
    const text = news(change, before)
    before = merge(before, change.d)
    if (text) entries.push({ n: change.n, at: change.at, text })
  }
  return entries.reverse()
}
