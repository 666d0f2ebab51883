import { z } from 'zod';
import { objectRef } from './object-ref.ts';
import { fields, jsonObject, list, moment, report } from './schema.ts';

const change = fields({
  context: z.string().describe('The context of the cluster that holds the object; of a probe the name of its cluster.'),
  object: objectRef.describe('The object.'),
  action: z.enum(['Create', 'Update', 'Keep', 'Delete']).describe('What is done about it; `Keep` is nothing.'),
});

export const operatorChange = report(
  'OperatorChange',
  'What an installation of the operator, its removal, or a grant changes in clusters.',
  {
    operation: z.enum(['Install', 'Uninstall', 'Grant']).describe('What was done.'),
    outcome: z.enum(['Planned', 'Done']).describe('`Planned`: nothing was changed.'),
    changes: list(change).describe('Every object that it is about, in the order of the changes.'),
    cluster: z.exactOptional(z.string()).describe('The name of the MeshCluster of a grant.'),
    notAfter: z.exactOptional(moment()).describe('Of a grant: when its credential ends, RFC 3339.'),
    tokensLeft: z
      .exactOptional(
        list(
          fields({
            reader: z.string().describe('The cluster that reads.'),
            peer: z.string().describe('The cluster that is read.'),
            why: z.string().describe('Why the token that never ends could not be put back.'),
            notAfter: z
              .exactOptional(moment())
              .describe('When the token in use ends, RFC 3339; left out where that is not known.'),
          }),
        ),
      )
      .describe(
        'Of a removal: the tokens by which clusters read each other that end and that nobody renews any longer.',
      ),
    probesLeft: z
      .exactOptional(
        list(
          fields({
            cluster: z.string().describe('The cluster.'),
            why: z.string().describe('Why it could not be looked into, or its probe not be taken away.'),
          }),
        ),
      )
      .describe('Of a removal: the clusters in which a probe may be left.'),
    rootFolder: z.exactOptional(z.string()).describe('Where a root that was just made is, on this machine.'),
    secret: z
      .exactOptional(jsonObject)
      .describe('Of a grant that was to be printed: the Secret for the home cluster, with the credential.'),
  },
);

export type OperatorChange = z.infer<typeof operatorChange>;

const condition = fields({
  type: z.string().describe('What is judged.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it is so.'),
  reason: z.string().describe('Why, as one word.'),
  message: z.string().describe('Why, and what to do about it.'),
  ageSeconds: z.number().nullable().describe('How long ago it was last looked at; null where nothing says so.'),
});

export const operatorStatus = report('OperatorStatus', 'The operator and the clusters that it keeps.', {
  context: z.string().describe('The context of the home cluster.'),
  readAt: moment().describe('When it was read.'),
  installed: z.boolean().describe('Whether its Deployment is there.'),
  image: z.string().nullable().describe('The image of its pods.'),
  available: z.number().describe('How many of its pods are available.'),
  wanted: z.number().describe('How many there are to be.'),
  leader: fields({
    holder: z.string().describe('Which pod, in the words of the Lease.'),
    ageSeconds: z.number().describe('How long ago it renewed the Lease.'),
    isExpired: z.boolean().describe('Whether the Lease is over: then nobody leads.'),
  })
    .nullable()
    .describe('Who leads; null where nobody does.'),
  queue: list(
    fields({
      cluster: z.string().describe('The cluster.'),
      state: z.enum(['Waiting', 'Working']).describe('Whether it waits for its turn or is being worked on.'),
      failures: z.number().describe('Turns in a row that failed.'),
      sinceSeconds: z.number().describe('For how long it waits or is worked on.'),
      nextInSeconds: z.exactOptional(z.number()).describe('When its turn is at the latest, where it waits.'),
    }),
  )
    .nullable()
    .describe('What the leader has to do, by cluster; null where it could not be asked, or where nobody leads.'),
  queueUnread: z.exactOptional(z.string()).describe('Why the leader could not be asked.'),
  clusters: list(
    fields({
      cluster: z.string().describe('The name of the MeshCluster.'),
      network: z.string().describe('Its network.'),
      phase: z.string().nullable().describe('The whole in one word; null where the operator has written nothing yet.'),
      isCurrent: z.boolean().describe('Whether the status is about the spec as it is now.'),
      isPaused: z.boolean().describe('Whether the operator is kept from writing to it.'),
      conditions: list(condition).describe('What is true of each side of it.'),
    }),
  ).describe('The MeshClusters of the home cluster, by name.'),
});

export type OperatorStatus = z.infer<typeof operatorStatus>;
