<?php
// Drives a session and echoes values, as python.py does: php.php URL VALUES, or php.php URL one-call

function show(...$result): void
{
    $flags = JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PRESERVE_ZERO_FRACTION;
    echo json_encode($result, $flags), "\n";
}

class Fault extends Exception
{
}

class HttpError extends Exception
{
}

function call(string $url, string $method, ...$params)
{
    // Without these options PHP writes and reads ISO-8859-1.
    $body = xmlrpc_encode_request($method, $params, ['encoding' => 'UTF-8', 'escaping' => 'markup']);
    $http = ['method' => 'POST', 'header' => 'Content-Type: text/xml', 'content' => $body, 'ignore_errors' => true];
    $answer = file_get_contents($url, false, stream_context_create(['http' => $http]));
    $status = (int) explode(' ', $http_response_header[0])[1];
    if ($status !== 200) {
        throw new HttpError('HTTP', $status);
    }
    $value = xmlrpc_decode($answer, 'UTF-8');
    if (is_array($value) && xmlrpc_is_fault($value)) {
        throw new Fault($value['faultString'], $value['faultCode']);
    }
    return $value;
}

function fault(string $url, string $method, ...$params)
{
    try {
        return call($url, $method, ...$params);
    } catch (Fault $fault) {
        return [$fault->getCode(), $fault->getMessage()];
    }
}

function value_of(string $kind, string $text)
{
    switch ($kind) {
        case 'int':
            return (int) $text;
        case 'double':
            return (float) $text;
        case 'boolean':
            return $text === 'true';
        case 'nil':
            return null;
        case 'base64':
            $bytes = hex2bin($text);
            xmlrpc_set_type($bytes, 'base64');
            return $bytes;
        case 'dateTime':
            xmlrpc_set_type($text, 'datetime');
            return $text;
        default:
            return $text;
    }
}

/** What came back, as [type, text]. */
function tagged($value): array
{
    if ($value === null) {
        return ['nil', ''];
    }
    if (is_bool($value)) {
        return ['boolean', $value ? 'true' : 'false'];
    }
    if (is_int($value)) {
        return ['int', (string) $value];
    }
    if (is_float($value)) {
        return ['double', json_encode($value)];
    }
    if (is_object($value)) {
        return $value->xmlrpc_type === 'base64' ? ['base64', bin2hex($value->scalar)] : ['dateTime', $value->scalar];
    }
    return ['string', $value];
}

function listed(string $method, ...$params): array
{
    return ['methodName' => $method, 'params' => $params];
}

function one_call(string $url): void
{
    $rows = 'select seq, nullif(seq, 1) from numbers where seq < 3';
    $insert = 'insert into one_call values (%s)';
    show('query', call($url, 'query', $rows));
    show('change', call($url, 'query', $insert, [5]));
    show('transaction', call($url, 'transaction', [[$insert, [6]], [$rows]], ['readonly' => false]));
    $opened = call($url, 'session', [listed('execute', $rows), listed('fetchall')], ['timeout' => 30]);
    show('session', $opened['results']);
    $session = $url . '/' . $opened['id'];
    $calls = [listed('touch'), listed('description'), listed('missing'), listed('touch')];
    show('batch', call($session, 'batch', $calls));
    show('once', call($session, 'once', 1, 'query', [$rows]));
    show('again', call($session, 'once', 1, 'query', [$rows]));
    show('touch', call($session, 'touch'));
    $seconds = call($session, 'ping');
    show('ping', $seconds > 20 && $seconds <= 30);
    show('close', call($session, 'close'));
}

[, $url, $values] = $argv;
if ($values === 'one-call') {
    one_call($url);
    exit;
}
$cursor = $url . '/' . call($url, 'cursor', 30);
show('version', 'PHP ' . PHP_VERSION . ', xmlrpc ' . phpversion('xmlrpc'));

show('execute', call($cursor, 'execute', 'select seq, %s from numbers where seq < %s', ["it's höpper", 6]));
show('description', call($cursor, 'description'));
show('fetchone', call($cursor, 'fetchone'));
show('fetchmany', call($cursor, 'fetchmany', 2));
show('fetchall', call($cursor, 'fetchall'));
show('exhausted', call($cursor, 'fetchmany', 2));
show('rowcount', call($cursor, 'rowcount'));

foreach (file($values, FILE_IGNORE_NEW_LINES) as $number => $line) {
    [$kind, $text] = explode("\t", $line);
    try {
        $text = hex2bin($text);
        call($cursor, 'execute', ...($kind === 'sql' ? ["select $text"] : ['select %s', [value_of($kind, $text)]]));
    } catch (Fault $fault) {
        show($number, 'refused', $fault->getCode() . ' ' . $fault->getMessage());
        continue;
    } catch (Throwable $error) {
        show($number, 'not sent', $error->getMessage());
        continue;
    }
    $row = call($cursor, 'fetchone');
    show($number, ...(is_array($row) ? tagged($row[0]) : ['not read', '']));
}

show('named count', call($cursor, 'execute', "select %(a)s, '100%%'", ['a' => 1.5]));
show('named', call($cursor, 'fetchall'));
show('missing', fault($cursor, 'execute', 'select * from missing'));
call($cursor, 'execute', 'create temporary table t (id int primary key)');
show('executemany', call($cursor, 'executemany', 'insert into t values (%s)', [[1], [2]]));
show('duplicate', fault($cursor, 'execute', 'insert into t values (1)'));
show('unknown', fault($cursor, 'unknown'));
show('timeout', fault($url, 'cursor', -1));
show('close', call($cursor, 'close'));
try {
    call($cursor, 'rowcount');
} catch (HttpError $error) {
    show('closed', $error->getCode());
}
