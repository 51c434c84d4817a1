// Types of the parameters. A setting that is misspelt in main.bicep is an error of the compiler.

@export()
@description('Tags of a resource')
type Tags = {
  *: string
}

@export()
@sealed()
@description('A named caller of CALLERS, as shared/settings/callers.schema.json describes it')
type Caller = {
  name: string
  @minLength(1)
  rights: ('reconcile' | 'read' | 'readFull' | 'explicit' | 'approve' | 'operate')[]
  entraObjectId: string?
  signed: bool?
}

@export()
@sealed()
@description('App settings that the webhook reads, without AZURE_CLIENT_ID')
type WebhookSettings = {
  KEY_VAULT_URL: string
  TENANT_ID: string
  CLIENT_ID: string?
  GRAPH_AUTH: string
  AZURE_CLOUD: string
  PUBLIC_URL: string?
  HANDSHAKE_HEADER: string
  HANDSHAKE_SECRET_NAME: string
  ALLOW_EXPLICIT_VALUES: string
  HANDSHAKE_EXPLICIT_SECRET_NAME: string
  CALLERS: string?
  REQUIRE: string
  TRUSTED_PROXIES: string
  SERVICE_ACCOUNT_USERNAME_SECRET_NAME: string
  SERVICE_ACCOUNT_PASSWORD_SECRET_NAME: string
  CLIENT_SECRET_SECRET_NAME: string
  SOURCE_ATTRIBUTE: string
  ALTERNATE_MOBILE_ATTRIBUTE: string?
  OFFICE_ATTRIBUTE: string?
  EMAIL_ATTRIBUTE: string?
  SMS_SIGN_IN: string
  DEFAULT_REGION: string?
  ON_EMPTY: string
  ON_DIFFERENT: string
  ON_MASKED: string
  READ_ONLY: string
  PROTECT_ADMINISTRATORS: string
  PROTECTED_GROUP_ID: string?
  ALLOWED_GROUP_ID: string?
  ALLOWED_COUNTRIES: string?
  MAX_USERS_PER_NUMBER: string
  MAX_REMOVALS: string
  MAX_REMOVALS_PERCENT: string
  MAX_OVERWRITES: string
  MAX_OVERWRITES_PERCENT: string
  MAX_REMOVALS_PER_DAY: string
  MAX_OVERWRITES_PER_DAY: string?
  MAX_USERS: string
  MAX_BODY_BYTES: string
  INLINE_USERS: string
  JOB_PARALLEL_ACTIVITIES: string
  WAIT_FOR_USERS_MINUTES: string
  JOB_PATIENCE_MINUTES: string
  JOB_RETENTION_DAYS: string
  MAX_OPEN_JOBS: string
  INCLUDE_DISABLED_USERS: string
  SWEEP_SCHEDULE: string?
  CHECK_SCHEDULE: string?
  INLINE_DEADLINE_SECONDS: string
  GRAPH_MAX_REQUESTS_PER_SECOND: string
  SECRET_TTL_SECONDS: string
  LOG_USER_NAMES: string
}
