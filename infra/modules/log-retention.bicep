// How long the tables of Application Insights keep their lines, which is 90 days whatever the workspace says.
// Source: "Manage data retention in a Log Analytics workspace", with this list: "Log tables with 90-day default retention".

param workspaceName string
param logRetentionDays int

var tables = [
  'AppAvailabilityResults'
  'AppBrowserTimings'
  'AppDependencies'
  'AppEvents'
  'AppExceptions'
  'AppMetrics'
  'AppPageViews'
  'AppPerformanceCounters'
  'AppRequests'
  'AppSystemEvents'
  'AppTraces'
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' existing = {
  name: workspaceName
}

// The total retention is not given: a PUT then sets it to the same, so nothing stays as long-term retention.
resource retention 'Microsoft.OperationalInsights/workspaces/tables@2026-03-01' = [for table in tables: {
  parent: workspace
  name: table
  properties: {
    retentionInDays: logRetentionDays
  }
}]
