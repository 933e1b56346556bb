import { describeModule } from './netsvc-dbapi.js';

describeModule(['3.13'], true);
