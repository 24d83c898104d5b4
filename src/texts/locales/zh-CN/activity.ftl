# 发生的事情。前面会显示是谁。
activity-title = 动态
activity-sub = { $machines } 台机器，{ $open ->
    [0] 一切正常
   *[other] { $open } 条告警
}
activity-empty = 还没有任何动态。
activity-empty-text = 机器和人的动作会实时显示在这里：代理接入、告警及处理人、邮件及服务器的应答。
events-title = 这台机器的动态
events-none = 暂无。

happened-owner-made = 创建了首个账号，欢迎使用。
happened-account-open = 注册了账号
happened-account-invited = 接受邀请并创建了账号
happened-account-made = 获得了账号
happened-signed-in = 登录了
happened-registered = 添加了机器 { $name }
happened-edited = 编辑了 { $name }
happened-removed = 删除了 { $name }
happened-token-made = 为 { $name } 生成了接入令牌
happened-joined = 代理已接入并取得证书
happened-renewed = 证书已续期
happened-revoked = 吊销了 { $name } 的代理
happened-connected = 代理已连接
happened-backfilled = 中断后补传并保存了 { $n } 帧数据
happened-disconnected = 代理已断开，恢复前会在本地缓存
happened-opened = { $headline }：触发告警
happened-acknowledged = 确认了告警：{ $headline }
happened-resolved = { $headline }：持续 { $duration }后恢复
happened-mail-accepted = 发给 { $to } 的邮件已被接收，耗时 { $duration }
happened-mail-retried = 发给 { $to } 的邮件暂时被拒，将重试：{ $answer }
happened-mail-given-up = 发给 { $to } 的邮件已放弃：{ $answer }
happened-rule-added = 添加了规则 { $name }
happened-rule-changed = 修改了规则 { $name }
happened-rule-on = 启用了规则 { $name }
happened-rule-off = 停用了规则 { $name }
happened-rule-removed = 删除了规则 { $name }
happened-mail-changed = 修改了邮件设置
happened-subscriptions-changed = 修改了邮件接收人
