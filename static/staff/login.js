// @ts-check
// The form works by itself once this module is here; it answers in words and keeps what was typed.
import { post } from "../shared/api.js"

const form = /** @type {HTMLFormElement} */ (document.querySelector("form"))
const problem = /** @type {HTMLElement} */ (document.querySelector("[role=alert]"))
const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"))

form.addEventListener("submit", async (event) => {
  event.preventDefault()
  const typed = new FormData(form)
  button.disabled = true
  problem.textContent = ""
  try {
    const { staff } = await post("staff/login", { email: String(typed.get("email")).trim(), password: String(typed.get("password")) })
    location.assign(staff?.role === "kitchen" ? "/staff/kitchen" : "/staff/floor")
  } catch (error) {
    const { code, message } = /** @type {any} */ (error)
    problem.textContent = code === "offline" ? "No connection. Try again in a moment." : message || "That e-mail and password do not belong together."
    button.disabled = false
    form.querySelector("input")?.focus()
  }
})
button.disabled = false
