// @ts-check
// Somebody at the table without a phone, looked after from this one.
import { html, useState } from "../vendor/ui.js"
import { Sheet } from "../shared/sheet.js"
import { command } from "./doing.js"
import { w } from "./words-more.js"

/** @param {{onclose: () => void}} props */
export default function FriendSheet({ onclose }) {
  const [name, setName] = useState("")
  const add = async (/** @type {Event} */ event) => {
    event.preventDefault()
    if (await command("companion.add", name.trim() ? { name: name.trim() } : {})) onclose()
  }
  return html`<${Sheet} title=${w.addFriend} onclose=${onclose}>
    <form class="stack" onSubmit=${add}>
      <p>${w.friendScan}</p><p>${w.friendMore}</p>
      <div class="field"><label for="friend">${w.friendName}</label><input id="friend" maxlength="40" autocomplete="off" value=${name} onInput=${(/** @type {any} */ event) => setName(event.target.value)} /></div>
      <button class="button primary tall wide">${w.addFriendNow}</button>
    </form>
  <//>`
}
