{{ version_index('loan_payments', key='payment_id') }}
