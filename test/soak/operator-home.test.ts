import { testOrdeals } from '../support/operator/family.ts';
import { frozen } from '../support/operator/frozen-ordeal.ts';
import { homeAway } from '../support/operator/leader-ordeals.ts';
import { say } from './seed.ts';

testOrdeals({ lab: 'soak-op-home', ordeals: [frozen, homeAway(10)], say });
