// The workbook "MFA phone webhook", in the portal under Monitor, Workbooks: what happened, and why a user was not updated.
// workbook.json holds it as the portal's editor writes it, one query for each part.

import { Tags } from '../types.bicep'

param location string
param tags Tags
param workspaceName string

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' existing = {
  name: workspaceName
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  // Azure wants a GUID for a name.
  name: guid(resourceGroup().id, 'webhook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: 'MFA phone webhook'
    sourceId: workspace.id
    serializedData: loadTextContent('workbook.json')
  }
}
