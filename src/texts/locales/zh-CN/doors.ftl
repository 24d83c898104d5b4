# 登录账号的各种途径，以及注销账号。
code-title = 两步验证
code-text = 密码正确。请输入身份验证器应用当前显示的验证码，或一个恢复码。
code-back = 重新登录
field-code = 验证码
field-code-hint = 应用中的六位数字，或恢复码
two-step-title = 两步验证
two-step-text = 请在手机上安装身份验证器应用并扫描此二维码。以后登录时，输入密码后还需输入应用中的验证码，即使密码泄露也无法登录。
two-step-scan = 用应用扫描二维码
two-step-picture = 身份验证器应用二维码
two-step-by-hand = 或在应用中手动输入密钥：
two-step-confirm = 确认设置
two-step-code-hint = 应用当前显示的六位数字
two-step-do = 开启
two-step-on = 已开启，自 { $since } 起
two-step-off = 关闭两步验证
two-step-off-text = 关闭后，仅凭密码即可登录。如需更换手机，请先在此关闭，再重新设置。
two-step-off-do = 关闭
recovery-title = 您的恢复码
recovery-text = 手机丢失时，可用恢复码代替应用中的验证码，每个只能使用一次。恢复码仅在此刻显示，请打印或存入密码管理器。
recovery-done = 我已保存
recovery-left = { $n ->
    [0] 恢复码已用完。请关闭后重新开启以获取新的恢复码。
   *[other] 还剩 { $n } 个恢复码。
}
doors-title = 登录方式
doors-two-step-on = 输入密码后还需输入验证码。
doors-two-step-off = 仅需密码即可登录。
doors-two-step-set-up = 设置
doors-two-step-manage = 管理
doors-tokens = { $n ->
    [0] 没有程序以您的名义操作。
   *[other] { $n } 个令牌
}
doors-tokens-manage = 管理
sessions-title = 已登录的设备
session-this = 当前浏览器
session-unknown = 未知浏览器
session-from = { $since } 登录，来自 { $address }
session-seen = 最近使用 { $time }
session-close = 退出
sessions-close = 退出其他所有设备
tokens-title = API 令牌
tokens-text = 程序可凭令牌以您的名义操作，权限和有效期由您决定。
tokens-docs = API 使用说明
tokens-none = 还没有令牌。建议为每个程序单独创建，以便分别撤销。
token-fresh = 请立即复制令牌
token-fresh-text = 令牌只显示这一次。持有者可以在您允许的范围内以您的名义操作。
token-new = 新建令牌
token-name = 用途
token-name-hint = 例如脚本的名称
token-scopes = 权限
token-scopes-hint = 不会超出您自己的权限
scope-read = 读取
scope-about-read = 查看您能看到的内容
scope-act = 处理告警
scope-about-act = 确认、推迟、静默
scope-manage = 管理
scope-about-manage = 机器、检查和规则
scope-administer = 系统管理
scope-about-administer = 人员、渠道、日志和服务端设置
token-days = 有效期
token-days-n = { $n } 天
token-do = 创建令牌
token-times = { $issued } 创建，{ $expires } 到期。
token-used = 上次使用：{ $time }。
token-unused = 服务端启动以来未使用。
token-over = 已到期。
token-revoke = 撤销
token-revoke-text = “{ $name }”将立即失效，使用它的程序也会停止工作。撤销后无法恢复。
token-revoke-do = 撤销此令牌
picture-title = 头像
picture-mine = 您的头像
picture-file = 选择图片
picture-hint = JPEG、PNG 或 WebP，不超过 5 MiB；会自动缩小
picture-do = 使用
picture-remove = 删除头像
leave-title = 注销账号
leave-link = 注销…
leave-about = 永久注销账号，并抹除您的个人信息。
leave-lost = 注销后将永久失去
leave-person = 您的姓名、联系方式和头像将无法再被任何人读取，日志中也不例外。
leave-doors = 将退出 { $sessions } 个浏览器的登录{ $tokens ->
    [0] 。
   *[other] ，并撤销 { $tokens } 个 API 令牌。
}
leave-told = { $chats ->
    [0] 没有聊天绑定
   *[other] 将解除 { $chats } 个聊天绑定（包括您绑定的群组）
}，{ $subscriptions ->
    [0] 也没有订阅。
   *[other] 并取消 { $subscriptions } 个订阅。
}
leave-things = { $n ->
    [0] 您名下没有机器和规则。
   *[other] 您名下的 { $n } 项机器和规则将不再属于任何人，由管理员负责；仅属于您个人的规则将被停用。
}
leave-stays = 您的操作仍保留在日志中，但无法得知操作者是谁。您的用户名可被他人使用。
leave-backups = 今天之前的备份在删除前仍包含您的数据。
leave-sure = 此操作无法撤销
leave-do = 抹除我的信息并注销账号
leave-not = 不注销
person-forget = 永久移除
person-forget-text = { $name } 将退出登录，其令牌、聊天绑定和订阅全部失效，所拥有的机器和规则不再属于任何人，姓名、联系方式和头像将从日志中永久抹除。此操作无法撤销。如果 { $name } 以后可能回来，请改为停用账号。
person-forget-do = 抹除 { $name }
person-two-step = 两步验证
person-two-step-on = 已开启
person-two-step-off = 未开启
person-two-step-take = 关闭两步验证
person-two-step-take-text = 请仅在确认是 { $name } 本人提出且手机已丢失时执行：此后仅凭密码即可登录该账号。
person-two-step-take-do = 为 { $name } 关闭
notice-left = 您的账号已注销，个人信息已抹除。
notice-forgotten = 账号已注销，其中的个人信息已抹除。
notice-sign-in-again = 等待时间过长或验证码错误次数过多，请重新登录。
notice-two-step-off = 两步验证已关闭。
notice-two-step-taken = 已为此人关闭两步验证。
notice-session-closed = 该浏览器已退出登录。
notice-sessions-closed = 其他设备均已退出登录。
notice-token-revoked = 令牌已撤销。
notice-picture = 头像已更新。
notice-picture-removed = 头像已删除。
refusal-last_owner = 您是唯一的所有者，请先将其他人设为所有者。
refusal-code_missing = 请同时输入验证码。
refusal-code_wrong = 验证码错误或已使用过，请等待下一个。
refusal-second_factor_set = 两步验证已开启，请先关闭。
refusal-bad_secret = 设置未成功，请重新开始并扫描新的二维码。
refusal-scopes_missing = 请选择令牌的权限。
refusal-bad_expiry = 到期时间须在未来一年之内。
refusal-picture_bad = 无法读取此图片，请选择 JPEG、PNG 或 WebP 文件。
refusal-picture_large = 文件过大，请选择不超过 5 MiB 的文件。
refusal-picture_pixels = 图片像素过多，最多 4000 万像素。
