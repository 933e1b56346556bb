# Runs the validator1 suite on a server: ruby.rb URL. Fails at the first wrong result.

require 'xmlrpc/client'

CLIENT = XMLRPC::Client.new2(ARGV[0])

def check(method, expected, *params)
  answer = CLIENT.call("validator1.#{method}", *params)
  abort "#{method}: #{answer.inspect} is not #{expected.inspect}" unless answer == expected
end

def stooges
  %w[moe larry curly].to_h { |name| [name, rand(-1000..1000)] }
end

structs = Array.new(20) { stooges }
check 'arrayOfStructsTest', structs.sum { |struct| struct['curly'] }, structs

text = Array.new(200) { "<>&'\" üx".chars.sample }.join
counts = {
  'ctLeftAngleBrackets' => '<', 'ctRightAngleBrackets' => '>', 'ctAmpersands' => '&', 'ctApostrophes' => "'",
  'ctQuotes' => '"'
}
check 'countTheEntities', counts.transform_values { |character| text.count(character) }, text

struct = stooges
check 'easyStructTest', struct.values.sum, struct
check 'echoStructTest', { 'outer' => struct, 'empty' => {} }, { 'outer' => struct, 'empty' => {} }

bytes = "\x00\xFF]]>".b
many = [7, true, 'Café & <co>', -1.25, XMLRPC::DateTime.new(1998, 7, 17, 14, 8, 55)]
check 'manyTypesTest', [*many, bytes], *many, XMLRPC::Base64.new(bytes)

items = Array.new(rand(100..200)) { |number| "item #{number}" }
check 'moderateSizeArrayCheck', items.first + items.last, items

days = -> { (1..28).to_h { |day| [format('%02d', day), stooges] } }
calendar = %w[1999 2000].to_h { |year| [year, (1..12).to_h { |month| [format('%02d', month), days.call] }] }
check 'nestedStructTest', calendar['2000']['04']['01'].values.sum, calendar

check 'simpleStructReturnTest', { 'times10' => -170, 'times100' => -1700, 'times1000' => -17_000 }, -17

puts 'validated'
