// @ts-check
// Myself at this table: my name, those I look after, the PIN for friends, and the way out.
import { html, useState } from "../vendor/ui.js"
import { del, patch } from "../shared/api.js"
import { say } from "../shared/message.js"
import { Sheet } from "../shared/sheet.js"
import { Avatar, fullName } from "./people.js"
import { me, mine, myself, open, pin, price, view } from "./state.js"
import { stop } from "./table.js"
import { fill, trouble, w } from "./words-more.js"

/** @param {{onclose: () => void}} props */
export default function MeSheet({ onclose }) {
  const [leaving, setLeaving] = useState(false)
  const guest = myself.value
  if (!guest || !me.value) return null
  const companions = mine.value.slice(1)
  return html`<${Sheet} title=${w.yourSeat} onclose=${onclose}>
    <${Name} name=${guest.name} onclose=${onclose} />
    ${pin.value && html`<p class="card">${fill(w.seatPin, pin.value)}</p>`}
    ${companions.length > 0 && html`<div><h3>${w.withYou}</h3><ul class="holders">${companions.map((id) => html`<li class="row" key=${id}><${Avatar} id=${id} /><span class="grow">${fullName(id)}</span><span class="amount">${price(view.value?.guests[id]?.due ?? 0)}</span></li>`)}</ul></div>`}
    <button type="button" class="button wide" onClick=${() => open("friend")}>${w.addFriend}</button>
    ${leaving
      ? html`<div class="card stack"><p>${guest.due ? fill(w.leaveOwing, price(guest.due)) : w.leaveSure}</p><div class="share-ways"><button type="button" class="button danger" onClick=${() => leave(onclose)}>${w.leave}</button><button type="button" class="button" onClick=${() => setLeaving(false)}>${w.stay}</button></div></div>`
      : html`<button type="button" class="button quiet wide" onClick=${() => setLeaving(true)}>${w.leave}</button>`}
  <//>`
}

/** @param {{name: string, onclose: () => void}} props */
function Name({ name, onclose }) {
  const [text, setText] = useState(name)
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault()
    try {
      await patch("guest-sessions/me", { name: text.trim() })
      if (me.value) me.value = { ...me.value, name: text.trim() }
      onclose()
    } catch (problem) {
      say({ text: trouble(/** @type {any} */ (problem)), kind: "bad" })
    }
  }
  return html`<form class="field" onSubmit=${save}><label for="name">${w.nameLabel}</label>
    <div class="row"><input id="name" class="grow" maxlength="40" autocomplete="given-name" value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
    <button class="button primary" disabled=${!text.trim() || text.trim() === name}>${w.save}</button></div><p class="hint">${w.nameHint}</p></form>`
}

/** @param {() => void} onclose */
async function leave(onclose) {
  try {
    await del("guest-sessions/me")
    onclose()
    stop()
  } catch (problem) {
    say({ text: trouble(/** @type {any} */ (problem)), kind: "bad" })
  }
}
