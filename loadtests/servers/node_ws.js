// Node's `ws` with bufferutil: node node_ws.js PORT [REDIS]
import http from "node:http"
import {createClient} from "redis"
import {WebSocketServer} from "ws"

const [port, redis] = process.argv.slice(2)
const rooms = new Map()
const numbers = new Map()

function send(room, text) {
  for (const member of rooms.get(room) ?? []) member.send(text)
}

let publish = send
if (redis) {
  const out = createClient({url: redis})
  const listening = out.duplicate()
  await Promise.all([out.connect(), listening.connect()])
  await listening.pSubscribe("room:*", (text, channel) => send(channel.slice(5), text))
  publish = (room, text) => out.publish("room:" + room, text)
}

const server = http.createServer()
const sockets = new WebSocketServer({server, perMessageDeflate: false})
sockets.on("connection", (socket, request) => {
  const room = request.url.slice(request.url.lastIndexOf("/") + 1)
  if (!rooms.has(room)) rooms.set(room, new Set())
  rooms.get(room).add(socket)
  socket.send('{"t":"hello"}')
  socket.on("message", (text) => {
    const message = JSON.parse(text)
    message.seq = (numbers.get(room) ?? 0) + 1
    numbers.set(room, message.seq)
    publish(room, JSON.stringify(message))
  })
  socket.on("close", () => rooms.get(room).delete(socket))
  socket.on("error", () => {})
})
server.listen({port: Number(port), host: "127.0.0.1", backlog: 4096})
