/** Functions without session state, and keywords that can precede a parenthesis. */
export const STATELESS_FUNCTIONS: ReadonlySet<string> = new Set(
  (
    'count sum avg min max group_concat std stddev stddev_pop stddev_samp variance var_pop var_samp bit_and bit_or ' +
    'bit_xor json_arrayagg ' +
    'json_objectagg row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value ' +
    'nth_value over ' +
    'if ifnull nullif coalesce greatest least isnull interval field elt find_in_set strcmp ' +
    'abs ceil ceiling floor round truncate mod div power pow sqrt exp ln log log2 log10 sign sin cos tan asin acos ' +
    'atan atan2 cot ' +
    'degrees radians pi crc32 rand conv bin oct hex unhex md5 sha sha1 sha2 to_base64 from_base64 uuid ' +
    'concat concat_ws lower upper lcase ucase left right substring substr substring_index mid trim ltrim rtrim ' +
    'replace repeat reverse ' +
    'lpad rpad length char_length character_length octet_length bit_length locate instr position format ascii ord ' +
    'char space quote ' +
    'regexp_replace regexp_substr regexp_instr soundex ' +
    'now curdate curtime current_date current_time current_timestamp localtime localtimestamp utc_date utc_time ' +
    'utc_timestamp sysdate ' +
    'date time timestamp year quarter month monthname week weekday weekofyear yearweek day dayname dayofmonth ' +
    'dayofweek dayofyear hour ' +
    'minute second microsecond date_add date_sub adddate subdate addtime subtime datediff timediff timestampdiff ' +
    'timestampadd ' +
    'date_format time_format str_to_date from_unixtime unix_timestamp from_days to_days last_day makedate maketime ' +
    'sec_to_time ' +
    'time_to_sec period_add period_diff extract cast convert binary decimal varchar ' +
    'json_extract json_unquote json_quote json_object json_array json_value json_query json_length json_contains ' +
    'json_keys json_set ' +
    'json_insert json_replace json_remove json_valid json_type json_depth ' +
    'convert_tz get_format to_days to_seconds inet6_aton inet6_ntoa is_ipv4 is_ipv6 bit_count export_set make_set ' +
    'regexp_like uuid_to_bin bin_to_uuid is_uuid any_value grouping aes_encrypt aes_decrypt compress uncompress ' +
    'uncompressed_length random_bytes charset collation coercibility nvl nvl2 median ' +
    'json_array_append json_array_insert json_contains_path json_merge json_merge_patch json_merge_preserve ' +
    'json_pretty json_search json_overlaps json_exists json_compact json_detailed json_loose json_table columns ' +
    'point st_astext st_asbinary st_geomfromtext st_x st_y st_distance st_contains st_within st_intersects ' +
    'datetime varbinary float double ' +
    'version database schema user current_user session_user system_user sleep inet_aton inet_ntoa ' +
    'select from join on using where and or xor not in exists any all some as by having values value set between ' +
    'like when then else case ' +
    'distinct union except intersect partition key index match against row'
  ).split(' '),
);
