// What wakes somebody up: one rule for each thing that does not mend itself. The queries read the fields that
// docs/operations.md lists; docs/night.md says what to do.

import { Tags } from '../types.bicep'

param location string
param tags Tags
param workspaceName string
param alertEmails string
param alertWhenIdle bool

// Log search alerts are paid by how often they look (Azure Monitor pricing). They look twice at each line, because a line
// takes minutes to arrive, and say once that something is wrong, and once that it is over.
var often = {
  evaluationFrequency: 'PT15M'
  windowSize: 'PT30M'
  autoMitigate: true
}
// Looks once a day, and says again each day what is still wrong.
var daily = {
  evaluationFrequency: 'P1D'
  windowSize: 'P1D'
  autoMitigate: false
}

var ours = '''
AppTraces
| where Message startswith '{"message": '
| extend log = parse_json(Message)
| extend event = tostring(log.event), code = tostring(log.code), status = tostring(log.status)
'''

var guardCodes = '"tooManyRemovals", "tooManyOverwrites", "dailyLimit"'

var rules = [
  {
    name: 'sign-in-failed'
    title: 'The webhook cannot sign in to Microsoft Graph'
    severity: 1
    query: '| where event in ("request", "jobEnded") and code == "graphSignInFailed"'
    above: 0
    when: often
  }
  {
    name: 'configuration'
    title: 'A setting, secret or permission of the webhook is wrong'
    severity: 1
    query: '| where event in ("request", "jobEnded") and code == "configuration"'
    above: 0
    when: often
  }
  {
    name: 'unauthorized-burst'
    title: 'Many calls without a valid handshake, signature or token'
    severity: 2
    query: '| where event == "request" and code in ("unauthorized", "tooManyAttempts")'
    above: 20
    when: often
  }
  {
    name: 'guard-stopped'
    title: 'A guard stopped a plan that removes or overwrites too much'
    severity: 2
    query: '| where event in ("request", "jobEnded") and code in (${guardCodes}) and tostring(log.dryRun) != "true"'
    above: 0
    when: often
  }
  {
    // Those that a guard stopped have a rule of their own.
    name: 'job-failed'
    title: 'A job failed'
    severity: 2
    query: '| where event == "jobEnded" and status == "failed" and code !in (${guardCodes})'
    above: 0
    when: often
  }
  {
    name: 'sweep-failed'
    title: 'A sweep or a drift check failed'
    severity: 2
    query: '| where event == "sweepFailed"'
    above: 0
    when: often
  }
  {
    // A list by directory meets protected accounts each time; a caller who names a value for one means that account.
    name: 'protected-account'
    title: 'A caller named a value for a protected account, and was refused'
    severity: 1
    query: '| where event == "user" and code == "protectedUser" and tostring(log.source) == "explicit"'
    above: 0
    when: often
  }
  {
    // purge_jobs writes a line each night for each secret that has an expiry date.
    name: 'secret-expires'
    title: 'A secret of the webhook expires within 14 days'
    severity: 2
    query: '| where event == "secretExpiry" and toint(log.daysLeft) <= 14'
    above: 0
    when: daily
  }
]

// Off or on, but always there: a deployment leaves alone what it does not name, so that the rule would go on mailing.
var idleRule = {
  name: 'no-call'
  title: 'No call to the webhook succeeded for 24 hours'
  severity: 2
  query: '| where event == "request" and toint(log.status) < 300 and tostring(log.route) != "GET /api/check"\n| count\n| where Count == 0'
  above: 0
  when: daily
}

var addresses = filter(split(replace(alertEmails, ' ', ''), ','), address => !empty(address))

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' existing = {
  name: workspaceName
}

resource team 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'webhook'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'mfa-webhook'
    emailReceivers: [for (address, index) in addresses: {
      name: 'mail-${index}'
      emailAddress: address
      useCommonAlertSchema: true
    }]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [for rule in concat(rules, [idleRule]): {
  name: rule.name
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: rule.title
    enabled: rule.name != idleRule.name || alertWhenIdle
    severity: rule.severity
    scopes: [
      workspace.id
    ]
    evaluationFrequency: rule.when.evaluationFrequency
    windowSize: rule.when.windowSize
    autoMitigate: rule.when.autoMitigate
    // The tests have Microsoft's language service check each query. A workspace that is some seconds old may not know its
    // tables yet.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: '${ours}${rule.query}'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: rule.above
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [
        team.id
      ]
    }
  }
}]
