import { describeModule } from './netsvc-dbapi.js';

describeModule(['3.6'], false);
