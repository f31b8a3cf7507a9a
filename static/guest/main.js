// @ts-check
// Draw first, connect second: the page stands in the HTML already, `table.js` brings it to life.
import { effect, html, render } from "../vendor/ui.js"
import { table } from "./doing.js"
import { App } from "./page.js"
import { tab } from "./state.js"

document.documentElement.classList.add("js")
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")))
effect(() => {
  document.body.dataset.tab = tab.value
  if (tab.value === "menu") import("./menu.js").then(({ mount }) => mount())
})
table().then(({ start }) => start())
