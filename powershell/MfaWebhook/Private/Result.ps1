# One object for each user, with the report's fields and what belongs to the request as a whole.

function ConvertTo-MfaResult($Report) {
    $beside = [ordered] @{
        DryRun = Get-MfaMember $Report 'dryRun'; PlanId = Get-MfaMember $Report 'planId'
        JobId = Get-MfaMember $Report 'jobId'; CorrelationId = Get-MfaMember $Report 'correlationId'
    }
    $Report.results = @($Report.results | Where-Object { $_ -is [Management.Automation.PSCustomObject] })
    $fields = 'userPrincipalName', 'userId', 'status', 'code', 'message', 'source'
    foreach ($result in $Report.results) {
        $have = $result.PSObject.Properties
        foreach ($name in $fields) { if ($null -eq $have[$name]) { $have.Add([psnoteproperty]::new($name, $null)) } }
        foreach ($name in 'changes', 'ignored') { if ($null -eq $have[$name]) { $have.Add([psnoteproperty]::new($name, @())) } }
        foreach ($name in $beside.Keys) { if ($null -eq $have[$name]) { $have.Add([psnoteproperty]::new($name, $beside[$name])) } }
        if ($result.PSObject.TypeNames[0] -ne 'MfaWebhook.Result') { $result.PSObject.TypeNames.Insert(0, 'MfaWebhook.Result') }
        foreach ($change in $result.changes) { $change.PSObject.TypeNames.Insert(0, 'MfaWebhook.Change') }
    }
}

# The results of a report; an answer that has none is an error and no crash.
function Get-MfaResults($Cmdlet, $Report) {
    if ($null -eq $Report.PSObject.Properties['results']) {
        Stop-MfaCommand $Cmdlet 'noResults' 'ProtocolError' 'The answer has no results. Check the address.' $Report
    }
    ConvertTo-MfaResult $Report
    , $Report.results
}

function Get-MfaChangeText($Change) {
    $text = "$($Change.method) $($Change.action)"
    if ($Change.before) { $text += " $($Change.before)" }
    if ($Change.after -and $Change.after -ne $Change.before) { $text += " -> $($Change.after)" }
    $text
}
