# 每个页面都有的文字。
rail = 导航
rail-machines = 机器
rail-alerts = 告警
rail-rules = 规则
rail-mail = 邮件
rail-account = 账号
skip = 跳到正文

live-on = 实时，事件 { $pos }
live-connecting = 正在连接
live-broken = { $time } 起连接中断，正在重连

state-ok = 正常
state-warn = 警告
state-crit = 严重
state-unknown = 未知

save = 保存
cancel = 取消
edit = 编辑
remove = 删除
close = 关闭
copy = 复制
copied = 已复制
more = 显示更多
older = 显示更早的
on = 已启用
off = 已停用
no-data = 无数据
remove-do = 删除 { $name }
machine-and = { $machine }：{ $text }

column-machine = 机器
column-cpu = CPU
column-memory = 内存
column-disk = 磁盘
column-temperature = 温度
column-load = 负载
column-hour = 最近一小时
column-keeper = 负责人
column-seen = 最近上报
column-alert = 告警
column-why = 原因
column-opened = 触发时间
column-outcome = 结果
column-to = 收件人
column-subject = 主题
column-tries = 次数
column-took = 耗时
column-when = 时间

help-title = 快捷键
help-filter = 筛选列表
help-go = 前往“{ $place }”
help-rows = 下一行、上一行，按 Enter 打开
help-new = 在此页新建
help-activity = 打开或收起动态
help-help = 显示本列表
help-escape = 关闭弹出内容，离开输入框

error-400-title = 无法理解该请求
error-400-text = 请返回检查所填内容，然后重新提交。
error-403-title = 您没有权限
error-403-text = 您的角色不允许此操作。请向所有者或管理员申请权限，或换用有权限的账号登录。
error-404-title = 此处没有内容
error-404-text = 地址可能有误，或者对应的内容已被删除。
error-429-title = 尝试次数过多
error-429-text = 请等一分钟再试。
error-500-title = 服务端出错了
error-500-text = 您提交的内容不会只生效一半。请重试；如果仍然出错，请用下面的编号在服务端日志中查找原因。
error-503-title = 服务正忙或正在启动
error-503-text = 请等几秒钟再刷新页面。
error-home = 前往机器列表
error-login = 换账号登录
error-reference = 日志编号：

refusal-name_missing = 请填写名称。
refusal-too_long = 内容太长了。
refusal-control_character = 不能包含控制字符。
refusal-too_many = 数量太多，标签最多 16 个。
refusal-bad_mail = 这不是有效的邮箱地址，正确的格式如 ada@example.org。
refusal-tag_missing = 请填写标签。
refusal-bad_metric = 没有这个指标。
refusal-bad_number = 阈值应为数字，例如 88 或 2.5。
refusal-clear_past_fire = 恢复阈值不能超过触发阈值。
refusal-too_short = 时间太短，至少 5 秒。
refusal-bad_duration = 时长应在 0 秒到 7 天之间。
refusal-forbidden = 您没有权限执行此操作，请向所有者或管理员申请。
refusal-not_found = 内容不存在或已被删除。
refusal-password_short = 至少 12 个字符。
refusal-password_again = 两次输入的密码不一致。
refusal-password_wrong = 当前密码不正确。
refusal-login_wrong = 用户名或密码不正确。
refusal-login_taken = 该用户名已被使用。
refusal-bad_port = 端口号应在 1 到 65535 之间。
refusal-security_none = 只有发往本机时才允许不加密。
refusal-bad_reference = 引用应写成 file:/路径 或 env:变量名。

# 操作完成后显示在页面上方。
notice-saved = 已保存。
notice-acknowledged = 已确认，其他人会看到您正在处理。
notice-removed = 已删除。
notice-revoked = 已吊销。代理已断开，没有新的令牌无法再接入。
notice-subscribed = 已添加，从下一条告警起会发送到该邮箱。
notice-password = 密码已修改，其他使用旧密码登录的会话均已退出。
notice-signed-out = 您已退出登录。
notice-session-ended = 会话已结束，请重新登录。

role-owner = 所有者
role-administrator = 管理员
role-operator = 可处理告警
role-viewer = 只能查看
role-member = 成员
somebody = 某人
refusal-password_missing = 请输入密码。
refusal-password_long = 密码太长，最多 1024 字节。
