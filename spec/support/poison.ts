/** Released memory is overwritten, here and in the processes that specs start. Import it before what reads this. */
process.env.NETSVC_POISON = '1';
