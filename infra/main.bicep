// Everything that the webhook needs in Azure, for `azd up` (or `az deployment sub create`).
// No secret passes through here: the operator writes them into the vault afterwards; docs/deploy.md has the commands.
import { Caller, Tags, WebhookSettings } from 'types.bicep'

targetScope = 'subscription'

@minLength(1)
@maxLength(64)
@description('Name of the azd environment; every resource name is derived from it')
param environmentName string

// Regions with the Flex Consumption plan, from the template of Microsoft's own quickstart (Azure-Samples,
// functions-quickstart-python-http-azd). `az functionapp list-flexconsumption-locations` prints those of today.
@description('Azure region; it must offer the Flex Consumption plan')
@allowed([
  'australiaeast'
  'australiasoutheast'
  'brazilsouth'
  'canadacentral'
  'centralindia'
  'centralus'
  'eastasia'
  'eastus'
  'eastus2'
  'francecentral'
  'germanywestcentral'
  'italynorth'
  'japaneast'
  'koreacentral'
  'northcentralus'
  'northeurope'
  'norwayeast'
  'southafricanorth'
  'southcentralus'
  'southeastasia'
  'southindia'
  'spaincentral'
  'swedencentral'
  'uaenorth'
  'uksouth'
  'ukwest'
  'westcentralus'
  'westeurope'
  'westus'
  'westus2'
  'westus3'
])
@metadata({
  azd: {
    type: 'location'
  }
})
param location string

@description('Tags of every resource beside azd-env-name: name=value, comma-separated')
param resourceTags string = ''

// App settings of the webhook. Defaults and bounds are those of shared/settings; tests/infra compares them.

@description('TENANT_ID: the tenant of the users; empty means the tenant of this subscription')
param tenantId string = ''

@description('CLIENT_ID: the app registration; required unless graphAuth is managed_identity')
param clientId string = ''

@description('GRAPH_AUTH: how the webhook signs in to Microsoft Graph')
@allowed([
  'service_account'
  'client_secret'
  'managed_identity'
])
param graphAuth string = 'managed_identity'

@description('AZURE_CLOUD: chooses the sign-in, Graph and vault hosts together')
@allowed([
  'public'
  'usgov'
])
param azureCloud string = 'public'

@description('PUBLIC_URL: https://… that callers see before /api, behind a gateway; empty takes it from the request')
param publicUrl string = ''

@description('HANDSHAKE_HEADER: request header that carries the handshake')
param handshakeHeader string = 'Message'

@description('HANDSHAKE_SECRET_NAME: name of the vault secret with the handshake')
param handshakeSecretName string = 'webhook-handshake'

@description('ALLOW_EXPLICIT_VALUES: opens the routes on which the caller, not the directory, names the values')
@allowed([
  'false'
  'true'
])
param allowExplicitValues string = 'false'

@description('HANDSHAKE_EXPLICIT_SECRET_NAME: name of the vault secret with the handshake of those routes')
param handshakeExplicitSecretName string = 'webhook-handshake-explicit'

@description('CALLERS: named callers, an array of { name, rights, entraObjectId, signed }; their secrets are in the vault')
@maxLength(100)
param callers Caller[] = []

@description('REQUIRE: the least proof that is accepted of a caller')
@allowed([
  'handshake'
  'signature'
  'entra'
])
param require string = 'handshake'

@minValue(0)
@maxValue(10)
@description('TRUSTED_PROXIES: proxies in front of the app that add to X-Forwarded-For')
param trustedProxies int = 0

@description('SERVICE_ACCOUNT_USERNAME_SECRET_NAME: name of the vault secret with the service account user name')
param serviceAccountUsernameSecretName string = 'service-account-username'

@description('SERVICE_ACCOUNT_PASSWORD_SECRET_NAME: name of the vault secret with the service account password')
param serviceAccountPasswordSecretName string = 'service-account-password'

@description('CLIENT_SECRET_SECRET_NAME: name of the vault secret with the client secret of the app registration')
param clientSecretSecretName string = 'graph-client-secret'

@description('SOURCE_ATTRIBUTE: the directory attribute that holds the mobile number')
param sourceAttribute string = 'extensionAttribute15'

@description('ALTERNATE_MOBILE_ATTRIBUTE: the one that holds the alternateMobile number; empty leaves that method alone')
param alternateMobileAttribute string = ''

@description('OFFICE_ATTRIBUTE: the one that holds the office number; empty leaves that method alone')
param officeAttribute string = ''

@description('EMAIL_ATTRIBUTE: the one that holds the address of the e-mail method; empty leaves that method alone')
param emailAttribute string = ''

@description('SMS_SIGN_IN: SMS sign-in of users whose directory holds a number')
@allowed([
  'leave'
  'on'
  'off'
])
param smsSignIn string = 'leave'

@description('DEFAULT_REGION: ISO country for national numbers of users without usageLocation; empty means none')
param defaultRegion string = ''

@description('ON_EMPTY: what happens to a method when its attribute is empty')
@allowed([
  'keep'
  'remove'
])
param onEmpty string = 'keep'

@description('ON_DIFFERENT: what happens to a registered number or address that differs from the directory')
@allowed([
  'update'
  'keep'
])
param onDifferent string = 'update'

@description('ON_MASKED: what happens when Graph shows only part of the number and that part agrees')
@allowed([
  'trust'
  'rewrite'
])
param onMasked string = 'trust'

// Guards: what the worst call, or the worst feed, can do. docs/security.md has the reasons.

@description('READ_ONLY: nothing is written; dry runs and reads work')
@allowed([
  'false'
  'true'
])
param readOnly string = 'false'

@description('PROTECT_ADMINISTRATORS: users with a directory role are never touched; auto is on unless GRAPH_AUTH is service_account')
@allowed([
  'auto'
  'on'
  'off'
])
param protectAdministrators string = 'auto'

@description('PROTECTED_GROUP_ID: object id of the group whose members are never touched; empty means none')
param protectedGroupId string = ''

@description('ALLOWED_GROUP_ID: object id of the only group whose members are touched; empty means everybody')
param allowedGroupId string = ''

@description('ALLOWED_COUNTRIES: ISO countries whose numbers may be written, as in SE,NO; empty means all')
param allowedCountries string = ''

@minValue(0)
@maxValue(1000000)
@description('MAX_USERS_PER_NUMBER: users of one list who may get the same mobile number; 0 means any number of them')
param maxUsersPerNumber int = 3

@minValue(0)
@maxValue(1000000)
@description('MAX_REMOVALS: methods that any request may remove')
param maxRemovals int = 10

@minValue(0)
@maxValue(100)
@description('MAX_REMOVALS_PERCENT: the same as a share of the users found, if that is more')
param maxRemovalsPercent int = 10

@minValue(0)
@maxValue(1000000)
@description('MAX_OVERWRITES: registered numbers and addresses that any request may overwrite')
param maxOverwrites int = 20

@minValue(0)
@maxValue(100)
@description('MAX_OVERWRITES_PERCENT: the same as a share of the users found, if that is more')
param maxOverwritesPercent int = 30

@description('MAX_REMOVALS_PER_DAY: removals in 24 hours, of all requests together; empty means no limit')
param maxRemovalsPerDay string = '100'

// Without one, portions below the ceiling pass.
@description('MAX_OVERWRITES_PER_DAY: overwrites in 24 hours, of all requests together; empty means no limit')
param maxOverwritesPerDay string = '500'

@minValue(1)
@maxValue(1000000)
@description('MAX_USERS: entries in one request')
param maxUsers int = 200000

@minValue(1024)
@maxValue(104857600)
@description('MAX_BODY_BYTES: bytes in one request')
param maxBodyBytes int = 33554432

@minValue(1)
@maxValue(100000)
@description('INLINE_USERS: a longer list becomes a job; with values in it, it is refused')
param inlineUsers int = 200

@minValue(1)
@maxValue(100)
@description('JOB_PARALLEL_ACTIVITIES: chunks of one job that are worked on at once, over all instances')
param jobParallelActivities int = 4

@minValue(0)
@maxValue(1440)
@description('WAIT_FOR_USERS_MINUTES: how long a job waits for users who are not found or have no number; 0: not at all')
param waitForUsersMinutes int = 0

@minValue(0)
@maxValue(1440)
@description('JOB_PATIENCE_MINUTES: how long a job waits while a service does not respond or Graph lets no request through')
param jobPatienceMinutes int = 60

@minValue(1)
@maxValue(365)
@description('JOB_RETENTION_DAYS: how long the list and the results of a job are kept; its history stays 3 days longer')
param jobRetentionDays int = 7

@minValue(1)
@maxValue(1000)
@description('MAX_OPEN_JOBS: unfinished jobs that each caller may have at once')
param maxOpenJobs int = 20

@allowed(['true', 'false'])
@description('INCLUDE_DISABLED_USERS: jobs for a group or everyone, and sweeps, include disabled accounts')
param includeDisabledUsers string = 'false'

@description('SWEEP_SCHEDULE: NCRONTAB, when users who changed are reconciled; empty: never')
param sweepSchedule string = ''

@description('CHECK_SCHEDULE: NCRONTAB, when everybody is compared and nothing written; empty: never')
param checkSchedule string = ''

@minValue(5)
@maxValue(200)
@description('INLINE_DEADLINE_SECONDS: time budget of one request')
param inlineDeadlineSeconds int = 100

@minValue(0)
@maxValue(100000)
@description('GRAPH_MAX_REQUESTS_PER_SECOND: ceiling on Graph requests of one instance; 0 follows Graph')
param graphMaxRequestsPerSecond int = 0

@minValue(0)
@maxValue(3600)
@description('SECRET_TTL_SECONDS: how long a vault secret is kept in memory')
param secretTtlSeconds int = 300

@description('LOG_USER_NAMES: the log has the names of users beside their object ids')
@allowed([
  'false'
  'true'
])
param logUserNames string = 'false'

// What stands in front of the app.

@description('Client id of the app registration whose tokens Entra callers send; empty leaves App Service Authentication alone')
param authClientId string = ''

@description('Comma-separated CIDR ranges that may call the app; empty means any address')
param allowedCallerIps string = ''

@description('Subnet for outbound traffic, for a fixed address (see docs/deploy.md); empty means none')
param outboundSubnetId string = ''

// How the app runs.

@allowed([
  512
  2048
  4096
])
@description('Memory of one instance in MB; 2048 is one core')
param instanceMemoryMb int = 2048

// Microsoft Learn, "Flex Consumption plan": 40 is the least.
@minValue(40)
@maxValue(1000)
@description('Instances that there may be at once; the throttling of Graph bounds the speed, not their number')
param maximumInstanceCount int = 40

@allowed([
  'Recreate'
  'RollingUpdate'
])
@description('What an update does to running instances; RollingUpdate, a preview, lets them end their work')
param updateStrategy string = 'Recreate'

@description('True forbids that the storage account or the vault is deleted; false leaves the locks that are there (see README.md)')
param deleteLock bool = false

// Who is told what goes wrong.

@minValue(30)
@maxValue(730)
@description('How many days Log Analytics keeps logs')
param logRetentionDays int = 90

@description('Comma-separated mail addresses that get the alerts; empty leaves them in the portal')
param alertEmails string = ''

@description('True also alerts when no call succeeded for 24 hours')
param alertWhenIdle bool = false

// The audit trail.

@minValue(1)
@maxValue(3650)
@description('How many days nobody can change or delete a blob of the audit trail; it is deleted 30 days later')
param auditRetentionDays int = 365

@description('True once the retention of the audit trail is locked (see docs/operations.md): the templates leave it alone then')
param auditLocked bool = false

@description('Object id of the group that may read the audit trail; a group that was given before keeps its role (see docs/operations.md)')
param auditReadersGroupId string = ''

// Names are made here, and modules are given names, not what other modules put out: a preview (`azd provision --preview`)
// can know them.
var token = toLower(uniqueString(subscription().id, environmentName, location))
var names = {
  identity: 'id-${token}'
  workspace: 'log-${token}'
  insights: 'appi-${token}'
  storage: 'st${token}'
  vault: 'kv-${token}'
  app: 'func-${token}'
  plan: 'plan-${token}'
}
// A name ends at the first equals sign: the value may hold more. What has no name is nothing, such as a comma at the end.
var tagPairs = filter(map(split(resourceTags, ','), pair => split(pair, '=')), pair => !empty(trim(first(pair)!)))
var tags Tags = union(
  toObject(tagPairs, pair => trim(first(pair)!), pair => trim(join(skip(pair, 1), '='))),
  { 'azd-env-name': environmentName }
)

// What CALLERS names twice would make the webhook refuse every call. union() leaves one of equal items.
var callerNames = map(callers, caller => caller.name)
var doubled = union(
  filter(callerNames, name => length(filter(callerNames, other => other == name)) > 1),
  map(filter(callers, caller => length(union(caller.rights, [])) < length(caller.rights)), caller => 'a right of ${caller.name}')
)

// A setting whose default is "none" is left out when it is not given. The URL has no slash at its end, as
// properties.vaultUri has. function-app.bicep adds AZURE_CLIENT_ID.
var webhookSettings WebhookSettings = {
  KEY_VAULT_URL: 'https://${names.vault}${environment().suffixes.keyvaultDns}'
  TENANT_ID: empty(tenantId) ? tenant().tenantId : tenantId
  ...(empty(clientId) ? {} : { CLIENT_ID: clientId })
  GRAPH_AUTH: graphAuth
  AZURE_CLOUD: azureCloud
  ...(empty(publicUrl) ? {} : { PUBLIC_URL: publicUrl })
  HANDSHAKE_HEADER: handshakeHeader
  HANDSHAKE_SECRET_NAME: handshakeSecretName
  ALLOW_EXPLICIT_VALUES: allowExplicitValues
  HANDSHAKE_EXPLICIT_SECRET_NAME: handshakeExplicitSecretName
  ...(empty(callers) ? {} : { CALLERS: empty(doubled) ? string(callers) : fail('CALLERS names twice: ${join(doubled, ', ')}') })
  REQUIRE: require
  TRUSTED_PROXIES: string(trustedProxies)
  SERVICE_ACCOUNT_USERNAME_SECRET_NAME: serviceAccountUsernameSecretName
  SERVICE_ACCOUNT_PASSWORD_SECRET_NAME: serviceAccountPasswordSecretName
  CLIENT_SECRET_SECRET_NAME: clientSecretSecretName
  SOURCE_ATTRIBUTE: sourceAttribute
  ...(empty(alternateMobileAttribute) ? {} : { ALTERNATE_MOBILE_ATTRIBUTE: alternateMobileAttribute })
  ...(empty(officeAttribute) ? {} : { OFFICE_ATTRIBUTE: officeAttribute })
  ...(empty(emailAttribute) ? {} : { EMAIL_ATTRIBUTE: emailAttribute })
  SMS_SIGN_IN: smsSignIn
  ...(empty(defaultRegion) ? {} : { DEFAULT_REGION: defaultRegion })
  ON_EMPTY: onEmpty
  ON_DIFFERENT: onDifferent
  ON_MASKED: onMasked
  READ_ONLY: readOnly
  PROTECT_ADMINISTRATORS: protectAdministrators
  ...(empty(protectedGroupId) ? {} : { PROTECTED_GROUP_ID: protectedGroupId })
  ...(empty(allowedGroupId) ? {} : { ALLOWED_GROUP_ID: allowedGroupId })
  ...(empty(allowedCountries) ? {} : { ALLOWED_COUNTRIES: allowedCountries })
  MAX_USERS_PER_NUMBER: string(maxUsersPerNumber)
  MAX_REMOVALS: string(maxRemovals)
  MAX_REMOVALS_PERCENT: string(maxRemovalsPercent)
  MAX_OVERWRITES: string(maxOverwrites)
  MAX_OVERWRITES_PERCENT: string(maxOverwritesPercent)
  MAX_REMOVALS_PER_DAY: maxRemovalsPerDay
  ...(empty(maxOverwritesPerDay) ? {} : { MAX_OVERWRITES_PER_DAY: maxOverwritesPerDay })
  MAX_USERS: string(maxUsers)
  MAX_BODY_BYTES: string(maxBodyBytes)
  INLINE_USERS: string(inlineUsers)
  JOB_PARALLEL_ACTIVITIES: string(jobParallelActivities)
  WAIT_FOR_USERS_MINUTES: string(waitForUsersMinutes)
  JOB_PATIENCE_MINUTES: string(jobPatienceMinutes)
  JOB_RETENTION_DAYS: string(jobRetentionDays)
  MAX_OPEN_JOBS: string(maxOpenJobs)
  INCLUDE_DISABLED_USERS: includeDisabledUsers
  ...(empty(sweepSchedule) ? {} : { SWEEP_SCHEDULE: sweepSchedule })
  ...(empty(checkSchedule) ? {} : { CHECK_SCHEDULE: checkSchedule })
  INLINE_DEADLINE_SECONDS: string(inlineDeadlineSeconds)
  GRAPH_MAX_REQUESTS_PER_SECOND: string(graphMaxRequestsPerSecond)
  SECRET_TTL_SECONDS: string(secretTtlSeconds)
  LOG_USER_NAMES: logUserNames
}


resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: {
    name: names.identity
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: names.workspace
    insightsName: names.insights
    location: location
    tags: tags
    logRetentionDays: logRetentionDays
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: names.storage
    location: location
    tags: tags
    workspaceName: names.workspace
    jobRetentionDays: jobRetentionDays
    auditRetentionDays: auditRetentionDays
    auditLocked: auditLocked
    auditReadersGroupId: auditReadersGroupId
    deleteLock: deleteLock
  }
  dependsOn: [
    monitoring
  ]
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    name: names.vault
    location: location
    tags: tags
    workspaceName: names.workspace
    deleteLock: deleteLock
  }
  dependsOn: [
    monitoring
  ]
}

module access 'modules/access.bicep' = {
  scope: group
  params: {
    // An assignment is named after its principal, because Azure refuses to change the principal of one. So a preview does
    // not see the assignments of a new identity.
    #disable-next-line what-if-short-circuiting
    principalId: identity.outputs.principalId
    deployerId: deployer().objectId
    storageName: names.storage
    vaultName: names.vault
    insightsName: names.insights
  }
  dependsOn: [
    monitoring
    storage
    vault
  ]
}

module functionApp 'modules/function-app.bicep' = {
  scope: group
  params: {
    name: names.app
    planName: names.plan
    location: location
    tags: tags
    identityName: names.identity
    storageName: names.storage
    insightsName: names.insights
    webhookSettings: webhookSettings
    maxBodyBytes: maxBodyBytes
    authClientId: authClientId
    allowedCallerIps: allowedCallerIps
    outboundSubnetId: outboundSubnetId
    instanceMemoryMb: instanceMemoryMb
    maximumInstanceCount: maximumInstanceCount
    updateStrategy: updateStrategy
  }
  // The host reads its storage as soon as it starts, so the roles come first.
  dependsOn: [
    access
  ]
}

module logRetention 'modules/log-retention.bicep' = {
  scope: group
  params: {
    workspaceName: names.workspace
    logRetentionDays: logRetentionDays
  }
  // Late, because a new workspace refuses changes to its tables at first: 404 "Workspace not active"
  // (terraform-provider-azurerm, issue 30069). Guess: it is active by the time that the app is there.
  dependsOn: [
    functionApp
  ]
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    workspaceName: names.workspace
    alertEmails: alertEmails
    alertWhenIdle: alertWhenIdle
  }
  dependsOn: [
    monitoring
  ]
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    workspaceName: names.workspace
  }
  dependsOn: [
    monitoring
  ]
}

output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = names.app
output WEBHOOK_URL string = '${functionApp.outputs.url}/api/reconcile'
output STORAGE_ACCOUNT_NAME string = names.storage
output KEY_VAULT_NAME string = names.vault
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
// Not named AZURE_CLIENT_ID: azd writes outputs into its environment, where Azure SDKs on the operator's machine read that name.
output IDENTITY_CLIENT_ID string = identity.outputs.clientId
