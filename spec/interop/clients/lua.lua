-- Runs a session and echoes values, as python.py does: lua.lua URL VALUES, or lua.lua URL one-call

local xmlrpc = require 'xmlrpc'
local http = require 'xmlrpc.http'

local ESCAPES = { ['"'] = '\\"', ['\\'] = '\\\\', ['\n'] = '\\n' }

-- A table is a list, unless it has names.
local function json(value)
  if type(value) == 'string' then
    return '"' .. value:gsub('[%c"\\]', function(c) return ESCAPES[c] or ('\\u%04x'):format(c:byte()) end) .. '"'
  elseif type(value) ~= 'table' then
    return tostring(value)
  end
  local items, members = {}, {}
  for _, item in ipairs(value) do table.insert(items, json(item)) end
  for name, item in pairs(value) do
    if type(name) == 'string' then table.insert(members, json(name) .. ':' .. json(item)) end
  end
  if #members > 0 then return '{' .. table.concat(members, ',') .. '}' end
  return '[' .. table.concat(items, ',') .. ']'
end

local function show(...) print(json({ ... })) end

-- The library does not escape strings.
local function escaped(value)
  if type(value) == 'string' then
    return (value:gsub('[&<>]', { ['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;' }))
  end
  if type(value) ~= 'table' then return value end
  local copy = {}
  for name, item in pairs(value) do copy[escaped(name)] = escaped(item) end
  return copy
end

local function call(url, method, ...)
  local ok, value, code = http.call(url, method, unpack(escaped({ ... })))
  if not ok then error({ code, value }) end
  return value
end

-- Returns the fault of a call as a list.
local function fault(...)
  local _, raised = pcall(call, ...)
  return raised
end

local function bytes(hex)
  return (hex:gsub('..', function(byte) return string.char(tonumber(byte, 16)) end))
end

local function value_of(kind, text)
  if kind == 'int' or kind == 'double' then return tonumber(text) end
  if kind == 'boolean' then return text == 'true' end
  if kind == 'string' then return text end
  error('not supported')
end

-- Returns a received value as [type, text].
local function tagged(value)
  if type(value) ~= 'number' then return type(value), tostring(value) end
  if value == math.floor(value) then return 'int', ('%.0f'):format(value) end
  return 'double', ('%.17g'):format(value)
end

local function listed(method, ...) return { methodName = method, params = { ... } } end

local function one_call(url)
  local rows = 'select seq, nullif(seq, 1) from numbers where seq < 3'
  local insert = 'insert into one_call values (%s)'
  show('query', call(url, 'query', rows))
  show('change', call(url, 'query', insert, { 5 }))
  show('transaction', call(url, 'transaction', { { insert, { 6 } }, { rows } }, { readonly = false }))
  local opened = call(url, 'session', { listed('execute', rows), listed('fetchall') }, { timeout = 30 })
  show('session', opened.results)
  local session = url .. '/' .. opened.id
  local calls = { listed('touch'), listed('description'), listed('missing'), listed('touch') }
  show('batch', call(session, 'batch', calls))
  show('once', call(session, 'once', 1, 'query', { rows }))
  show('again', call(session, 'once', 1, 'query', { rows }))
  show('touch', call(session, 'touch'))
  local seconds = call(session, 'ping')
  show('ping', seconds > 20 and seconds <= 30)
  show('close', call(session, 'close'))
end

local url, values = unpack(arg)
if values == 'one-call' then
  one_call(url)
  os.exit()
end
local cursor = url .. '/' .. call(url, 'cursor', 30)
show('version', xmlrpc._PKGNAME .. ' ' .. xmlrpc._VERSION)

show('execute', call(cursor, 'execute', 'select seq, %s from numbers where seq < %s', { "it's höpper", 6 }))
show('description', call(cursor, 'description'))
show('fetchone', call(cursor, 'fetchone'))
show('fetchmany', call(cursor, 'fetchmany', 2))
show('fetchall', call(cursor, 'fetchall'))
show('exhausted', call(cursor, 'fetchmany', 2))
show('rowcount', call(cursor, 'rowcount'))

local number = 0
for line in io.lines(values) do
  local kind, text = line:match('^(%a+)\t(%x*)$')
  local sent, raised = pcall(function()
    if kind == 'sql' then return call(cursor, 'execute', 'select ' .. bytes(text)) end
    return call(cursor, 'execute', 'select %s', { value_of(kind, bytes(text)) })
  end)
  if not sent and type(raised) == 'table' then
    show(number, 'refused', raised[1] .. ' ' .. raised[2])
  elseif not sent then
    show(number, 'not sent', raised)
  else
    local read, row = pcall(call, cursor, 'fetchone')
    if read then show(number, tagged(row[1])) else show(number, 'not read', row) end
  end
  number = number + 1
end

show('named count', call(cursor, 'execute', "select %(a)s, '100%%'", { a = 1.5 }))
show('named', call(cursor, 'fetchall'))
show('missing', fault(cursor, 'execute', 'select * from missing'))
call(cursor, 'execute', 'create temporary table t (id int primary key)')
show('executemany', call(cursor, 'executemany', 'insert into t values (%s)', { { 1 }, { 2 } }))
show('duplicate', fault(cursor, 'execute', 'insert into t values (1)'))
show('unknown', fault(cursor, 'unknown'))
show('timeout', fault(url, 'cursor', -1))
show('close', call(cursor, 'close'))
show('closed', tonumber(fault(cursor, 'rowcount'):match('Session closed') and 404))
