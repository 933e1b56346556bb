import { describeModule } from './netsvc-dbapi.js';

describeModule(['2.7'], false);
