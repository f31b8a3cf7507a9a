// What the pages use of preact, its hooks, signals and htm: the whole of ui.js. Rebuild with `npm run vendor`.
export { render } from "preact"
export { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks"
export { batch, computed, effect, signal } from "@preact/signals"
export { html } from "htm/preact"
