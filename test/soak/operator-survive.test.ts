import { testOrdeals } from '../support/operator/family.ts';
import { homeAway } from '../support/operator/leader-ordeals.ts';
import {
  istioDefinitionRemoved,
  oneWay,
  ownDefinitionRemoved,
  remoteAway,
  tokenRevoked,
} from '../support/operator/remote-ordeals.ts';
import { say } from './seed.ts';

const ordeals = [remoteAway, oneWay, tokenRevoked, istioDefinitionRemoved, ownDefinitionRemoved, homeAway(1)];

testOrdeals({ lab: 'soak-op', ordeals, say });
