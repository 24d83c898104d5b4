# 告警及其原因的说法。
alerts-title = 告警
alerts-count = { $n ->
    [0] 没有未恢复的告警
   *[other] { $n } 条未恢复
}
alerts-show = 显示哪些告警
alerts-show-all = 全部
alerts-show-open = 未恢复
alerts-show-history = 历史
alerts-open = 未恢复的告警
alerts-history = 历史告警
alerts-history-none = 还没有已恢复的告警。
alerts-empty = 一切正常
alerts-empty-text = 当前没有告警。数值超过阈值时会立即显示在这里，同时发邮件给机器的负责人。
alerts-empty-no-rules = 没有启用任何规则，因此不会产生告警。
alerts-empty-rules = 查看规则
alerts-empty-mail = 查看邮件接收人

acknowledge = 确认
alert-mailed = 邮件 { $time }
alert-timeline = 处理过程
alert-rule = 规则
alert-incident = 告警编号
alert-pending = { $reason }，持续时间尚未达到
alert-firing = { $reason }，{ $ago }触发
alert-acknowledged = { $reason }。{ $by } 自 { $time } 起处理
alert-resolved = 持续 { $duration }后恢复
alert-resolved-by = 持续 { $duration }后恢复，由 { $by } 确认

status-pending = 待定
status-firing = 未处理
status-acknowledged = 已确认
status-resolved = 已恢复
severity-warning = 警告
severity-critical = 严重

cause-above-for = { $metric }高于 { $fire } 持续 { $duration }，低于 { $clear } 恢复
cause-above = { $metric }高于 { $fire }，低于 { $clear } 恢复
cause-below-for = { $metric }低于 { $fire } 持续 { $duration }，高于 { $clear } 恢复
cause-below = { $metric }低于 { $fire }，高于 { $clear } 恢复
cause-vanished = 在 { $duration }内至少 { $least } 台机器（占在线机器的 { $percent }%）同时失联
cause-check = 检查未通过
cause-collector = 代理的某个采集器持续 { $duration }采集失败
headline-check = { $subject } 未通过
reason-check = 未得到预期的结果
cause-silent = 代理失联 { $duration }
reason-above = 高于 { $fire } 已持续 { $duration }
reason-above-now = 高于 { $fire }
reason-below = 低于 { $fire } 已持续 { $duration }
reason-below-now = 低于 { $fire }
reason-vanished = 大量机器同时失联，可能是服务端自身断网
reason-silent = 已有 { $duration }未上报；状态未知，不代表宕机
headline-value = { $subject } { $value }
headline-series = { $label } { $metric }
headline-vanished = 大量机器同时失联
headline-silent = 代理失联

step-pending = { $headline }，超过阈值
step-opened = { $reason }，触发告警
step-told = 通过{ $channel }发给 { $to }：{ $answer }，耗时 { $duration }
step-told-again = 第 { $attempt } 次通过{ $channel }发给 { $to }：{ $answer }，耗时 { $duration }
step-acknowledged = { $by } 已确认
step-resolved = 恢复正常，共持续 { $duration }
step-ended = 持续 { $duration }后关闭：{ $why }
ended-rule-changed = 规则已修改，将重新判断
ended-rule-removed = 规则已删除
ended-machine-removed = 机器已移除
ended-not-covered = 该规则不再适用于这台机器
ended-calm = 反复出现后已平稳一段时间
ended-series-gone = 该项数据已不再上报
ended-agent-revoked = 代理的密钥已吊销，不再等待其上报
answer-accepted = 已接收
answer-deferred = 暂时被拒
answer-given-up = 已放弃
answer-unclear = 未应答
answer-digested = 已并入汇总
answer-superseded = 已由恢复通知代替
alerts-none-fit = 没有符合条件的未恢复告警
alerts-show-every = 显示全部告警
alerts-history-none-fit = 没有符合条件的历史告警。
