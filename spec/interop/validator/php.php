<?php
// Puts a server through the validator1 suite: php.php URL. Fails at the first wrong answer.

function check(string $method, $expected, ...$params): void
{
    global $argv;
    $body = xmlrpc_encode_request("validator1.$method", $params, ['encoding' => 'UTF-8', 'escaping' => 'markup']);
    $http = ['method' => 'POST', 'header' => 'Content-Type: text/xml', 'content' => $body];
    $answer = xmlrpc_decode(file_get_contents($argv[1], false, stream_context_create(['http' => $http])), 'UTF-8');
    if ($answer != $expected) {
        fwrite(STDERR, "$method: " . var_export($answer, true) . ' is not ' . var_export($expected, true) . "\n");
        exit(1);
    }
}

function stooges(): array
{
    return ['moe' => random_int(-1000, 1000), 'larry' => random_int(-1000, 1000), 'curly' => random_int(-1000, 1000)];
}

$structs = array_map(fn () => stooges(), range(1, 20));
check('arrayOfStructsTest', array_sum(array_column($structs, 'curly')), $structs);

$text = implode(array_map(fn () => str_split('<>&\'" x')[random_int(0, 6)], range(1, 200)));
check('countTheEntities', [
    'ctLeftAngleBrackets' => substr_count($text, '<'),
    'ctRightAngleBrackets' => substr_count($text, '>'),
    'ctAmpersands' => substr_count($text, '&'),
    'ctApostrophes' => substr_count($text, "'"),
    'ctQuotes' => substr_count($text, '"'),
], $text);

$struct = stooges();
check('easyStructTest', array_sum($struct), $struct);
check('echoStructTest', ['outer' => $struct], ['outer' => $struct]);

$date = '19980717T14:08:55';
xmlrpc_set_type($date, 'datetime');
$bytes = "\x00\xff]]>";
xmlrpc_set_type($bytes, 'base64');
check('manyTypesTest', [7, true, 'Café & <co>', -1.25, $date, $bytes], 7, true, 'Café & <co>', -1.25, $date, $bytes);

$items = array_map(fn ($number) => "item $number", range(1, random_int(100, 200)));
check('moderateSizeArrayCheck', $items[0] . end($items), $items);

$names = fn ($count) => array_map(fn ($number) => sprintf('%02d', $number), range(1, $count));
$days = fn () => array_combine($names(28), array_map(fn () => stooges(), range(1, 28)));
$months = fn () => array_combine($names(12), array_map($days, range(1, 12)));
// PHP encodes an array whose keys are all numbers as a list.
$calendar = ['1999' => $months(), '2000' => $months(), 'name' => 'calendar'];
check('nestedStructTest', array_sum($calendar['2000']['04']['01']), $calendar);

check('simpleStructReturnTest', ['times10' => -170, 'times100' => -1700, 'times1000' => -17000], -17);

echo "validated\n";
