// The types of ui.js. They are read by the type check only, which has the packages at hand.
export {
  Component,
  Fragment,
  cloneElement,
  createContext,
  createRef,
  h,
  hydrate,
  render,
  type ComponentChild,
  type ComponentChildren,
  type ComponentType,
  type Context,
  type FunctionComponent,
  type RefObject,
  type VNode,
} from "preact"
export {
  useCallback,
  useContext,
  useEffect,
  useErrorBoundary,
  useId,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from "preact/hooks"
export {
  Signal,
  batch,
  computed,
  effect,
  signal,
  untracked,
  useComputed,
  useSignal,
  useSignalEffect,
  type ReadonlySignal,
} from "@preact/signals"
export { html } from "htm/preact"
