-- Makes calls with plain tables, which lua-xmlrpc sends as structs with members 1, 2, 3 ...: lua-tables.lua URL
-- Prints a line for each call, its name and its result as JSON.

local http = require 'xmlrpc.http'

local url = arg[1]

local function json(value)
  if type(value) == 'string' then return (string.format('%q', value):gsub('\\\n', '\\n')) end
  if type(value) ~= 'table' then return tostring(value) end
  local parts = {}
  if value[1] ~= nil or next(value) == nil then
    for _, item in ipairs(value) do parts[#parts + 1] = json(item) end
    return '[' .. table.concat(parts, ',') .. ']'
  end
  for name, member in pairs(value) do parts[#parts + 1] = json(name) .. ':' .. json(member) end
  return '{' .. table.concat(parts, ',') .. '}'
end

local function call(at, method, ...)
  local ok, result, code = http.call(at, method, ...)
  if not ok then return { code, result } end
  return result
end

local function show(name, value)
  print('["' .. name .. '",' .. json(value) .. ']')
end

local function listed(method, ...)
  return { methodName = method, params = { ... } }
end

call(url, 'execute', 'drop table if exists lua_parts')
call(url, 'execute', 'create table lua_parts (id int primary key, name varchar(20))')

show('execute', call(url, 'execute', 'select %s, %s', { 1, 'a' }))
show('in', call(url, 'execute', 'select seq from numbers where seq in %s order by seq', { { 3, 1, 2 } }))
show('mapping', call(url, 'execute', 'select %(a)s', { a = 5 }))
show('empty', call(url, 'execute', 'select 1', {}))
show('executemany', call(url, 'executemany', 'insert into lua_parts values (%s, %s)', { { 1, 'nut' }, { 2, 'bolt' } }))
show('multicall', call(url, 'system.multicall', {
  listed('execute', 'select %s', { 7 }),
  { methodName = 'execute', params = {} },
  listed('execute', 'select 1'),
}))
local committed = call(url, 'transaction', {
  { 'insert into lua_parts values (%s, %s)', { 3, 'washer' } },
  { 'delete from lua_parts where id in %s', { { 1, 2 } } },
  { 'select id, name from lua_parts' },
}, {})
show('transaction', { committed[1].rowcount, committed[2].rowcount, committed[3].rows })
show('statement', call(url, 'transaction', { { 'select 1' }, { query = 'select 1' } }))
show('session', call(url, 'session', {
  listed('execute', 'select %s', { 'x' }),
  listed('fetchall'),
}).results)

local session = url .. '/' .. call(url, 'cursor', 30)
show('batch', call(session, 'batch', {
  listed('begin'),
  listed('executemany', 'insert into lua_parts values (%s, %s)', { { 4, 'nail' }, { 5, 'screw' } }),
  listed('rollback'),
  listed('execute', 'select count(*) from lua_parts'),
  listed('fetchone'),
}))
show('once', call(session, 'once', 1, 'batch', { { listed('execute', 'select %s', { 8 }), listed('fetchall') } }))
show('again', call(session, 'once', 1, 'batch', { { listed('execute', 'select %s', { 8 }), listed('fetchall') } }))
show('nothing', call(session, 'once', 2, 'rowcount', {}))
call(url, 'execute', 'drop procedure if exists lua_sum')
call(url, 'execute', 'create procedure lua_sum(a int, b int) select a + b')
show('callproc', call(session, 'callproc', 'lua_sum', { 40, 2 }))
show('called', call(session, 'fetchall'))
show('close', call(session, 'close'))
